"""What can be wrong with a log on Kafka, each with what to do about it."""

from collections.abc import Sequence
from shlex import quote

from untaken.streams.logs.errors import LogError


class KafkaNotInstalled(LogError):
    """The Kafka client is an extra that this environment lacks."""

    def __init__(self) -> None:
        super().__init__("a kafka:// log needs the Kafka client: pip install 'untaken[kafka]'")


class LoginRefused(LogError):
    """The broker does not let this name, password or certificate in; trying again would not help."""

    def __init__(self, url: str, said: str) -> None:
        super().__init__(
            f"{url} refused the login ({said}): check kafka.security_protocol, kafka.sasl_mechanism, "
            "kafka.sasl_username and kafka.sasl_password"
        )


class BrokerNotTrusted(LogError):
    """The broker shows a certificate of an authority that is not ours, or of another host; nothing was sent."""

    def __init__(self, url: str, said: str) -> None:
        super().__init__(
            f"{url} shows a certificate that is not trusted ({said}): name the authority that signed it in "
            "kafka.ssl_cafile, and the broker by a host that its certificate is for"
        )


class CertificateRefused(LogError):
    """The broker asks for a certificate of ours and has not been shown one that it takes."""

    def __init__(self, url: str, said: str) -> None:
        super().__init__(
            f"{url} asks for a certificate and was shown none that it takes ({said}): name yours in "
            "kafka.ssl_certfile and its key in kafka.ssl_keyfile"
        )


class OptionsRefused(LogError):
    """The options cannot be used to connect."""

    def __init__(self, what: str) -> None:
        super().__init__(f"kafka options: {what}")


class AccessDenied(LogError):
    """The broker lets the account in but not do this."""

    def __init__(self, url: str, what: str) -> None:
        super().__init__(
            f"{url} does not allow this account to {what}: have its access control lists extended"
        )


class TopicsMissing(LogError):
    """The log has no topics yet; they are made on purpose, for their settings matter."""

    def __init__(self, url: str, topics: Sequence[str]) -> None:
        some = ", ".join(topics[:3]) + (f" and {len(topics) - 3} more" if len(topics) > 3 else "")
        super().__init__(
            f"{url} has no topic {some}: make them with untaken topics create --log {quote(url)}, or correct the prefix"
        )


class PartitionsDisagree(LogError):
    """Topics keyed by symbol have different counts, so a symbol would lie in several partitions."""

    def __init__(self, topic: str, found: int, wanted: int, why: str) -> None:
        super().__init__(
            f"topic {topic} has {found} partitions, but {wanted} are needed ({why}): all topics keyed by symbol "
            "need one count, which never changes; use that count, another prefix, or make the topic anew"
        )


class TopicRefused(LogError):
    """The broker would not make a topic."""

    def __init__(self, topic: str, said: str) -> None:
        super().__init__(f"the broker would not make the topic {topic}: {said}")


class EventTooLarge(LogError):
    """The broker takes no event of this size; nothing of its append counts as acknowledged."""

    def __init__(self, topic: str, found: int) -> None:
        super().__init__(
            f"an event of {found:,} bytes is larger than the topic {topic} accepts: "
            "raise max.message.bytes of the topic, or report less in one event"
        )


class WriteRefused(LogError):
    """The broker refused a write for a reason that time does not heal."""

    def __init__(self, topic: str, said: str) -> None:
        super().__init__(
            f"the broker refused a write to {topic} ({said}): look at the topic and the broker's log"
        )


class NoSuchPartition(LogError):
    """The topics have fewer partitions."""

    def __init__(self, url: str, wanted: int, partitions: int) -> None:
        super().__init__(f"{url} has no partition {wanted}: its topics have {partitions}, counted from 0")
