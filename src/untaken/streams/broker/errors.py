"""Why a broker could not be started, each with what to do about it."""

from pathlib import Path

from untaken.errors import UntakenError


class NoBroker(UntakenError):
    """No broker could be started here; tests skip loudly, the command stops."""


class JavaMissing(NoBroker):
    """There is no Java, or one that Kafka 4 does not run on."""

    def __init__(self, found: str, needed: int) -> None:
        super().__init__(
            f"a Kafka broker needs Java {needed} or newer, found {found}: install it "
            "(apt-get install default-jre-headless), or say where it lies in JAVA_HOME"
        )


class MavenMissing(NoBroker):
    """Kafka's jars are not in the cache and nothing can fetch them."""

    def __init__(self, cache: Path) -> None:
        super().__init__(
            f"Kafka's jars are not in {cache} and Maven, which fetches them, is not installed: "
            "install it (apt-get install maven)"
        )


class JarsNotFetched(NoBroker):
    """Maven could not fetch the jars."""

    def __init__(self, version: str, said: str) -> None:
        super().__init__(
            f"Maven could not fetch Apache Kafka {version} ({said}): check the network or Maven's settings.xml"
        )


class PortTaken(NoBroker):
    """Somebody listens on the port already."""

    def __init__(self, port: int) -> None:
        super().__init__(f"port {port} is taken by another program: stop it, or choose another with --port")


class BrokerFailed(NoBroker):
    """The broker ended, or was not ready in time."""

    def __init__(self, what: str, log: Path) -> None:
        super().__init__(f"the Kafka broker {what}: its own words are in {log}")
