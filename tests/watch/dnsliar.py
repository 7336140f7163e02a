"""A vantage that can be made to lie: it passes questions on to a real one."""

import socket
import threading


class Liar:
    """lie: from a question the answer, or None to pass it on."""

    def __init__(self, address, real):
        self.address, self.real, self.lie = address, real, None
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((address, 53))
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            asked, who = self.socket.recvfrom(4096)
            threading.Thread(target=self.answer, args=(asked, who),
                             daemon=True).start()

    def answer(self, asked, who):
        said = self.lie(asked) if self.lie else None
        try:
            self.socket.sendto(said or self.relay(asked), who)
        except OSError:
            pass

    def relay(self, asked):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.settimeout(5)
            s.connect((self.real, 53))
            s.send(asked)
            return s.recv(4096)
