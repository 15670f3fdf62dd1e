"""Apache Kafka's own jars, fetched once by Maven into a cache."""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from untaken.streams.broker.errors import JarsNotFetched, MavenMissing

KAFKA = "4.1.0"

_POM = """<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>untaken</groupId>
  <artifactId>broker</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka_2.13</artifactId>
      <version>{version}</version>
    </dependency>
    <dependency>
      <groupId>org.apache.logging.log4j</groupId>
      <artifactId>log4j-slf4j-impl</artifactId>
      <version>2.24.3</version>
    </dependency>
  </dependencies>
</project>
"""

_COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"


def cache_directory() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "untaken")


def kafka_jars(version: str = KAFKA) -> Path:
    """Return the directory of the jars, fetching them if it is not there yet.

    Several processes may do so at once: the first to be done gives its directory to all.
    """
    wanted = cache_directory() / f"kafka-{version}"
    if wanted.is_dir():
        return wanted
    maven = shutil.which("mvn")
    if maven is None:
        raise MavenMissing(wanted)
    wanted.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=wanted.parent, prefix=f"kafka-{version}-") as place:
        _fetch(maven, Path(place), version)
        _hand_over(Path(place, "libs"), wanted)
    return wanted


def _fetch(maven: str, place: Path, version: str) -> None:
    place.joinpath("pom.xml").write_text(_POM.format(version=version), encoding="utf-8")
    command = [maven, "--batch-mode", "--quiet", _COPY, "-DincludeScope=runtime", "-DoutputDirectory=libs"]
    done = subprocess.run(  # noqa: S603 - Maven of this machine, on a project written here
        command, cwd=place, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise JarsNotFetched(version, _first_error(done.stdout + done.stderr))


def _first_error(said: str) -> str:
    errors = re.findall(r"^\[ERROR\] (.+)$", said, re.MULTILINE)
    return errors[0][:300] if errors else "it did not say why"


def _hand_over(fetched: Path, wanted: Path) -> None:
    try:
        fetched.rename(wanted)
    except OSError:
        if not wanted.is_dir():
            raise
