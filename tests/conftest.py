"""What holds for all tests."""

from hypothesis import HealthCheck, settings

# How long an example takes says something about the machine; benchmarks measure the program.
settings.register_profile(
    "untaken", parent=settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("untaken")
