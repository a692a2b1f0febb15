# SPDX-License-Identifier: Apache-2.0
"""``--inject flip@STREAM:FRAME``, ``drop@STREAM:FRAME``, ``kill@HOST:FRAME``: what they say, and whether they can happen."""

import re
from collections.abc import Iterable

from levada.core.errors import OptionError
from levada.core.interfaces import Injection
from levada.core.manifests import Deployment

FORM = re.compile(r"(flip|drop|kill)@(.+):(\d+)")


def parse(texts: Iterable[str], deployment: Deployment, images: int) -> tuple[Injection, ...]:
    """Return the faults to commit. Raise OptionError for one that is misspelt or could never happen."""
    return tuple(_parsed(text, deployment, images) for text in texts)


def _parsed(text: str, deployment: Deployment, images: int) -> Injection:
    match = FORM.fullmatch(text)
    if match is None:
        msg = f"--inject expects flip@STREAM:FRAME, drop@STREAM:FRAME or kill@HOST:FRAME, got {text!r}"
        raise OptionError(msg)
    action, target, frame = match[1], match[2], int(match[3])
    hosts = sorted({card.host for card in deployment.cards})
    known = hosts if action == "kill" else [hop.stream for hop in deployment.hops]
    if target not in known:
        what = "host" if action == "kill" else "stream between cards"
        msg = f"--inject {text}: no {what} {target!r}; there are {', '.join(known) or 'none'}"
        raise OptionError(msg)
    if frame >= images:
        msg = f"--inject {text}: there is no frame {frame}, the run has {images} images (frames count from 0)"
        raise OptionError(msg)
    return Injection(action=action, target=target, frame=frame)  # type: ignore[arg-type]
