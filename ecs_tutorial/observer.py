"""How a client says that it only looks: a word in its User-Agent.

A lab knows the word: such a read moves no lab time and changes no later id. AWS ignores it.
"""

OBSERVER = "ecs-tutorial-observer"
