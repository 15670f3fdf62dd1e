"""Connections to a cluster, made with patience, and what goes wrong with them in words."""

import asyncio
import logging
import re
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aiokafka import errors as kafka_errors
from aiokafka.client import AIOKafkaClient
from aiokafka.conn import AIOKafkaConnection
from aiokafka.helpers import create_ssl_context

from untaken.streams.logs.errors import LogUnreachable
from untaken.streams.logs.kafka.address import Address
from untaken.streams.logs.kafka.errors import (
    AccessDenied,
    BrokerNotTrusted,
    CertificateRefused,
    LoginRefused,
    OptionsRefused,
)

_BACKOFF_S = 0.2
_FAREWELL_S = 2.0
"""How long a server may take to end a connection over TLS; beyond it the socket is left to the loop."""
_HANGS_UP = "the broker hangs up, as one does that wants another kafka.security_protocol"
_CLASS = re.compile(r"^(\[Error \d+\] )?\w+: ")
_REFUSALS = (
    kafka_errors.AuthenticationFailedError,
    kafka_errors.AuthenticationMethodNotSupported,
    kafka_errors.SaslAuthenticationFailed,
    kafka_errors.UnsupportedSaslMechanismError,
    kafka_errors.IllegalSaslStateError,
)
_DENIALS = (
    kafka_errors.TopicAuthorizationFailedError,
    kafka_errors.GroupAuthorizationFailedError,
    kafka_errors.ClusterAuthorizationFailedError,
)
PASSING = (kafka_errors.KafkaError, OSError, asyncio.TimeoutError)
"""What a broker that is away or on the move may raise: to be tried again."""


class Deadline:
    """How long something may still be tried."""

    def __init__(self, patience_s: float) -> None:
        self.patience_s = patience_s
        self._ends = time.monotonic() + patience_s

    @property
    def left_s(self) -> float:
        return max(0.0, self._ends - time.monotonic())

    @property
    def passed(self) -> bool:
        return self.left_s == 0.0

    async def back_off(self) -> None:
        await asyncio.sleep(min(_BACKOFF_S, self.left_s))


class Connector:
    """Makes clients of one cluster."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self._values = _values_of(address)
        # Without a handler of its own the client's warnings would go to standard error, beside our sentence.
        logging.getLogger("aiokafka").addHandler(logging.NullHandler())

    @property
    def patience_s(self) -> float:
        return self.address.options.request_timeout_s

    def arguments(self) -> dict[str, Any]:
        """Return what every client of the library takes."""
        return {
            "bootstrap_servers": list(self.address.servers),
            "request_timeout_ms": max(1, round(self.patience_s * 1000)),
            **self._values,
        }

    async def client(self, deadline: Deadline) -> Any:
        """Return a client that knows the cluster."""
        await self.knock(deadline)
        client = AIOKafkaClient(client_id="untaken", **self.arguments())
        while True:
            try:
                await client.bootstrap()
            except PASSING as error:
                if deadline.passed:
                    await client.close()
                    raise self.unreachable(_HANGS_UP) from error
                await deadline.back_off()
            else:
                return client

    async def knock(self, deadline: Deadline) -> None:
        """Return once a server lets us in; raise if one refuses the login, or none answers in time."""
        told: BaseException | None = None
        while True:
            try:
                return await self._try_servers(deadline)
            except PASSING as error:
                if told is None or not isinstance(error, TimeoutError):
                    told = error  # what is cut short at the end says less than what went wrong before
                if deadline.passed:
                    raise self.unreachable(told) from error
                await deadline.back_off()

    async def _try_servers(self, deadline: Deadline) -> None:
        last: BaseException | None = None
        for server in self.address.servers:
            host, _, port = server.rpartition(":")
            timeout_ms = max(1, round(min(deadline.left_s, self.patience_s) * 1000))
            try:
                return await self._try_server(host.strip("[]"), int(port), timeout_ms)
            except ssl.SSLCertVerificationError as error:
                raise BrokerNotTrusted(self.address.url, error.verify_message) from error
            except (*_REFUSALS, ssl.SSLError) as error:
                raise LoginRefused(self.address.url, _said(error)) from error
            except PASSING as error:
                if isinstance(error.__cause__, ssl.SSLError):
                    raise CertificateRefused(self.address.url, _said(error.__cause__)) from error
                last = error
        assert last is not None
        raise last

    async def _try_server(self, host: str, port: int, timeout_ms: int) -> None:
        """Connect and log in, then hang up; whether let in or not, no socket stays behind."""
        connected: list[object] = []
        connection = AIOKafkaConnection(
            host,
            port,
            client_id="untaken",
            request_timeout_ms=timeout_ms,
            on_close=lambda *told: connected.append(told),
            **self._values,
        )
        try:
            await connection.connect()
        finally:
            ended = connection.close()
            if connected:
                await asyncio.wait([ended], timeout=_FAREWELL_S)

    def unreachable(self, what: BaseException | str) -> LogUnreachable:
        said = what if isinstance(what, str) else _HANGS_UP if _hung_up(what) else _said(what)
        return LogUnreachable(self.address.url, self.patience_s, said)

    @contextmanager
    def explained(self, doing: str) -> Iterator[None]:
        """Raise what the client library reports as the `LogError` that a user understands."""
        try:
            yield
        except _DENIALS as error:
            raise AccessDenied(self.address.url, doing) from error
        except PASSING as error:
            raise self.unreachable(error) from error


def is_denial(error: BaseException) -> bool:
    return isinstance(error, _DENIALS)


def _hung_up(error: BaseException) -> bool:
    """Whether a server ended the connection in the midst of the first words."""
    return isinstance(error, ConnectionResetError) or isinstance(
        error.__cause__, (ConnectionResetError, asyncio.IncompleteReadError)
    )


def _said(error: BaseException) -> str:
    """Return the words of an error without the name of its class."""
    return _CLASS.sub("", " ".join(str(error).split())) or type(error).__name__


def _values_of(address: Address) -> dict[str, Any]:
    options = address.options
    values: dict[str, Any] = {"security_protocol": options.security_protocol}
    if options.security_protocol not in {"PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"}:
        raise OptionsRefused(
            f"security_protocol was {options.security_protocol!r}; PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL"
        )
    if options.security_protocol.endswith("SSL"):
        values["ssl_context"] = _ssl_context(address)
    if options.security_protocol.startswith("SASL"):
        if options.sasl_username is None or options.sasl_password is None:
            raise OptionsRefused(
                "sasl_username and sasl_password are needed where the broker asks for a login"
            )
        if options.sasl_mechanism not in {"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"}:
            raise OptionsRefused(
                f"sasl_mechanism was {options.sasl_mechanism!r}; PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512"
            )
        values["sasl_mechanism"] = options.sasl_mechanism
        values["sasl_plain_username"] = options.sasl_username
        values["sasl_plain_password"] = options.sasl_password
    return values


def _ssl_context(address: Address) -> ssl.SSLContext:
    options = address.options
    try:
        context: ssl.SSLContext = create_ssl_context(
            cafile=options.ssl_cafile, certfile=options.ssl_certfile, keyfile=options.ssl_keyfile
        )
    except (OSError, ssl.SSLError) as error:
        raise OptionsRefused(f"the certificates could not be read ({_said(error)})") from error
    return context
