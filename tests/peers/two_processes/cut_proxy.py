"""A TCP connection that can be cut or go silent: listens on a port of its own, hands bytes on."""

import socket
import threading


class CutProxy:
    def __init__(self, address, target):
        """From a free port of `address` to the port `target` of the same address."""
        self._target = (address, target)
        self._lock = threading.Lock()
        self._open = []
        self._is_cut = False
        self._is_silent = False
        self._listener = socket.create_server((address, 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self):
        """Both ends hang up; who comes again is hung up at once."""
        with self._lock:
            self._is_cut = True
            for end in self._open:
                self._hang_up(end)
            self._open.clear()

    def go_silent(self):
        """Still there, and nothing comes through."""
        self._is_silent = True

    def mend(self):
        with self._lock:
            self._is_cut = self._is_silent = False

    @staticmethod
    def _hang_up(end):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        end.close()

    def _accept(self):
        while True:
            client, _ = self._listener.accept()
            with self._lock:
                if self._is_cut:
                    self._hang_up(client)
                    continue
                try:
                    server = socket.create_connection(self._target, timeout=2)
                except OSError:
                    self._hang_up(client)
                    continue
                server.settimeout(None)
                self._open += [client, server]
            for source, sink in ((client, server), (server, client)):
                source.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    def _pump(self, source, sink):
        try:
            while data := source.recv(4096):
                if not self._is_silent:
                    sink.sendall(data)
        except OSError:
            pass
        self._hang_up(source)
        self._hang_up(sink)
