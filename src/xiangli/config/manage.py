"""Django's own management commands: ``./xiangli manage migrate``."""

from django.core.management import execute_from_command_line


def main(argv: list[str]) -> int:
    execute_from_command_line(["./xiangli manage", *argv])
    return 0
