#ifndef TESTS_UNIT_CAPTURE_H
#define TESTS_UNIT_CAPTURE_H

/* What a piece of code prints, for the tests of what people read. */

struct capture {
	int	 saved_out, saved_err;
	void	*out_file, *err_file;
	char	*out, *err;		/* after capture_end() */
};

/* Have standard output and standard error go into *c, until capture_end(). */
void	capture_begin(struct capture *c);
void	capture_end(struct capture *c);
void	capture_free(struct capture *c);

#endif
