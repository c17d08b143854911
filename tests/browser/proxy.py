"""A proxy that serves the chat under another path, as nginx and Caddy can: it removes the prefix from the path.

While `refuses_lines` is set, the proxy answers each request for lines with a 503.
"""

import socket
import threading

from harness import LIMIT


class Proxy:
    def __init__(self, server, path):
        host, port = server.address.rsplit(":", 1)
        self.server, self.path = (host, int(port)), path.encode()
        self.refused = 0
        self.refuses_lines = False
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return  # stopped
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        """Serves one request per connection, so it parses only one head. It forwards WebSocket frames unchanged."""
        with client, socket.create_connection(self.server, LIMIT) as server:
            head = b""
            while b"\r\n\r\n" not in head:
                part = client.recv(4096)
                if not part:
                    return
                head += part
            if self.refuses_lines and b"/lines" in head.split(b"\r\n")[0]:
                self.refused += 1
                client.sendall(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                return
            head = head.replace(b" " + self.path, b" ", 1).replace(b"Connection: keep-alive", b"Connection: close")
            server.settimeout(None)
            server.sendall(head)
            there = threading.Thread(target=copy, args=(client, server), daemon=True)
            there.start()
            copy(server, client)
            there.join()

    def stop(self):
        self.listener.close()


def copy(source, target):
    try:
        while part := source.recv(4096):
            target.sendall(part)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # one side has closed or reset its connection
