#ifndef PACKAGING_DOC_DOC_H
#define PACKAGING_DOC_DOC_H

#include "agent/base/buf.h"

/*
 * What is generated from the tables that the program itself reads: the
 * completions of shells, whole files.  A buffer that failed says so.
 */
void	doc_bash(struct buf *);
void	doc_zsh(struct buf *);
void	doc_fish(struct buf *);

#endif
