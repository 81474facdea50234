"""Random elections as Pabulib text, small enough for the slow oracle, with many ties."""

import random
from fractions import Fraction

IDS = ["1", "2", "10", "007", "a", "B", "x/1", "é", "é2", "3"]
KINDS = ["approval", "choose-1", "cumulative", "scoring", "ordinal"]
SCORES = [["0", "1", "1", "2", "3", "0.5"], ["1", "2", "3"], ["-1", "0", "1", "2"], ["1/3", "2/3", "1"]]


def random_text(seed: int) -> str:
    rng = random.Random(seed)
    kind = rng.choice(KINDS)
    scored = kind in ("cumulative", "scoring")
    ids = rng.sample(IDS, rng.randint(1, 7))
    voters = rng.choice([0, *range(1, 10), 25])
    lines = ["META", "key;value", f"budget;{rng.choice(['0', '5', '8', '10', '12', '20', '7.5', '45', '400.0'])}"]
    lines += [f"vote_type;{kind}", "PROJECTS", "project_id;cost;name"]
    lines += [f'{id_};{float(rng.choice([1, 2, 2, 3, 4, 5, 6, 10, Fraction(5, 2)]))};"名;{id_}"' for id_ in ids]
    lines += ["VOTES", "voter_id;vote;points;sex" if scored else "voter_id;vote;sex"]
    scores = rng.choice(SCORES)
    for voter in range(voters):
        chosen = [rng.choice(ids) for _ in range(rng.randint(1 if scored else 0, len(ids)))]
        chosen = chosen[:1] if kind == "choose-1" else chosen
        line = f"{voter};{','.join(chosen)}"
        if scored:
            line += ";" + ",".join(rng.choice(scores) for _ in chosen)
        lines.append(f"{line};{rng.choice('FM')}")
    return "\n".join(lines) + "\n"
