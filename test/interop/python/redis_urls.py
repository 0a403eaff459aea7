"""Where and as whom redis-py would connect: URLs as JSON lines in, options as JSON lines out."""

import json
import ssl
import sys
import warnings

from redis.connection import SSLConnection, UnixDomainSocketConnection
from walrus import Database

warnings.simplefilter("ignore")


def options_of(url):
    pool = Database.from_url(url).connection_pool
    connection = pool.connection_class(**pool.connection_kwargs)
    # What it would be refused for once it connects.
    if int(connection.db) < 0 or getattr(connection, "path", "/") == "":
        raise ValueError
    if isinstance(connection, SSLConnection):
        if connection.keyfile and not connection.certfile:
            raise ValueError
        if connection.ssl_min_version is not None:
            ssl.TLSVersion(connection.ssl_min_version)
    found = {
        "username": connection.username or None,
        "password": connection.password or None,
        "db": int(connection.db),
        "client_name": connection.client_name or None,
    }
    if "protocol" in pool.connection_kwargs:
        found["protocol"] = connection.protocol
    if "socket_connect_timeout" in pool.connection_kwargs:
        found["connect_timeout"] = connection.socket_connect_timeout
    if isinstance(connection, UnixDomainSocketConnection):
        found["path"] = connection.path
        return found
    found["host"] = connection.host
    found["port"] = connection.port
    found["keepalive"] = bool(connection.socket_keepalive)
    if isinstance(connection, SSLConnection):
        found["tls"] = {
            "verifies": int(connection.cert_reqs) != 0,
            "checks_name": int(connection.cert_reqs) != 0 and bool(connection.check_hostname),
            "cert": connection.certfile,
            "key": connection.keyfile,
            "ca": connection.ca_certs,
            "ca_data": connection.ca_data,
            "password": connection.certificate_password,
            "min_version": connection.ssl_min_version,
            "ciphers": connection.ssl_ciphers,
        }
    return found


for line in sys.stdin:
    try:
        answer = options_of(json.loads(line))
    except Exception as error:
        answer = {"refused": type(error).__name__}
    print(json.dumps(answer), flush=True)
