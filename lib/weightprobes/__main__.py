"""The command ``weightprobes``, and ``python -m weightprobes``: it hears Ctrl-C from its first line on."""

import signal

from weightprobes.cli import interrupts


def main() -> None:
    """Run the command line."""
    interrupts.listen()
    try:
        from weightprobes.cli import app

        app.main()
    except KeyboardInterrupt:
        app.interrupted()
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # there is nothing left to interrupt


if __name__ == "__main__":
    main()
