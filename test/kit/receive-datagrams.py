"""Stands in for systemd: prints each datagram that comes to the socket named by the first argument."""
import os
import socket
import sys

listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
listener.bind(sys.argv[1])
print("listening", flush=True)
while True:
    data, ancillary, _, _ = socket.recv_fds(listener, 4096, 4)
    for handle in ancillary:
        os.close(handle)
    print(data.decode(), flush=True)
