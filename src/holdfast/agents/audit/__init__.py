"""Run on a host once, from standard input, by an audit; nothing of it stays there."""
