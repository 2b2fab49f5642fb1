"""A picture for each good: a few strokes on a ground of its own hue, as SVG. Pure."""

from __future__ import annotations

from catalogue.goods import Good

# On a field of 120 by 120, the thing around its middle. `d` dark, `l` light, `a` accent; strokes
# are round. One line per stroke or shape.
_DRAWN = {
    "lantern": (
        '<path class="d" d="M46 42h28l4 8v34H42V50z"/><path class="l" d="M49 54h22v26H49z"/>'
        '<path class="a" d="M60 58c7 8 7 11 7 14a7 7 0 0 1-14 0c0-3 0-6 7-14z"/>'
        '<path class="s" d="M48 42c0-18 24-18 24 0M42 88h36M60 20v8"/>'
    ),
    "rope": (
        '<ellipse class="s w" cx="60" cy="46" rx="28" ry="10"/>'
        '<ellipse class="s w" cx="60" cy="57" rx="30" ry="11"/>'
        '<ellipse class="s w" cx="60" cy="69" rx="31" ry="12"/>'
        '<path class="s w" d="M29 72c2 18 44 22 62 8"/>'
        '<path class="k" d="M40 42l6 8M54 39l5 9M68 39l4 9M80 44l2 8M34 60l6 9M48 65l5 9'
        "M64 66l3 9"
        'M80 62l2 9M44 82l5 7M62 85l3 7"/>'
    ),
    "compass": (
        '<circle class="d" cx="60" cy="64" r="33"/><circle class="l" cx="60" cy="64" r="26"/>'
        '<path class="a" d="M74 44L65 69l-10-10z"/><path class="d" d="M46 84l9-25 10 10z"/>'
        '<path class="s" d="M60 31v-8"/><circle class="s" cx="60" cy="20" r="5"/>'
        '<path class="k2" d="M60 41v4M60 83v4M37 64h4M79 64h4"/>'
    ),
    "mug": (
        '<path class="l" d="M36 40h42v40a10 10 0 0 1-10 10H46a10 10 0 0 1-10-10z"/>'
        '<path class="s" d="M78 52h8a8 8 0 0 1 8 8v4a12 12 0 0 1-12 12h-4M34 40h46"/>'
        '<path class="a" d="M36 60h42v12H36z"/><path class="s t" d="M48 30c-4-5 4-7 0-12M60 30'
        'c-4-5 4-7 0-12M72 30c-4-5 4-7 0-12"/>'
    ),
    "bell": (
        '<path class="a" d="M60 32c18 0 20 16 21 28 1 9 4 13 9 18H30c5-5 8-9 9-18 1-12 3-28 '
        '21-28z"/>'
        '<path class="d" d="M28 78h64v6H28z"/><circle class="d" cx="60" cy="91" r="7"/>'
        '<path class="s" d="M60 32v-7M52 22h16"/><path class="k2" d="M48 46c-2 6-3 12-3 20"/>'
    ),
    "anchor": (
        '<circle class="s w" cx="60" cy="30" r="8"/><path class="s w" d="M60 38v54M44 50h32'
        'M30 68c2 16 14 24 30 24s28-8 30-24"/><path class="d" d="M24 72l6-14 12 10zM96 72l-6-14'
        '-12 10z"/>'
    ),
    "beanie": (
        '<circle class="l" cx="60" cy="28" r="9"/>'
        '<path class="a" d="M32 72c0-26 12-38 28-38s28 12 28 38z"/>'
        '<path class="d" d="M28 70h64a5 5 0 0 1 5 5v9a5 5 0 0 1-5 5H28a5 5 0 0 1-5-5v-9a5 5 0 0 1 '
        '5-5z"/><path class="k2" d="M46 44c-4 7-5 14-5 22M60 38v28M74 44c4 7 5 14 5 22"/>'
        '<path class="k" d="M34 74v11M45 74v11M56 74v11M67 74v11M78 74v11M88 74v11"/>'
    ),
    "lighthouse": (
        '<path class="t2" d="M70 36l40-14v30zM50 36L10 22v30z"/>'
        '<path class="l" d="M50 46h20l7 46H43z"/><path class="a" d="M48.3 57h23.4l1.8 12H46.5z'
        'M45 80h30l1.8 12H43z"/><path class="d" d="M48 44h24v5H48zM52 30h16v14H52z"/>'
        '<path class="d" d="M60 18l10 12H50z"/><path class="l" d="M56 33h8v9h-8z"/>'
        '<path class="s" d="M34 94h52"/>'
    ),
    "kelp": (
        '<path class="s w" d="M60 94c0-26-8-34 0-72"/><path class="a" d="M58 74c-22 2-28-8-28-18 '
        "16 0 26 6 28 18zM57 56c18-2 26-12 26-22-16 2-26 10-26 22zM60 84c18 2 26-4 30-14-16-4-26 2"
        '-30 14zM57 42c-14-2-18-10-18-18 12 2 18 10 18 18z"/>'
        '<path class="s" d="M60 94c-8 0-12 2-16 6M60 94c8 0 12 2 16 6M60 94v7"/>'
    ),
    "kettle": (
        '<path class="l" d="M38 54h44c8 10 10 22 8 34H30c-2-12 0-24 8-34z"/>'
        '<path class="s w" d="M38 50c0-30 44-30 44 0"/><path class="d" d="M36 50h48v6H36z"/>'
        '<path class="s w" d="M88 66c8-2 10-12 16-14"/><path class="a" d="M30 78h60l-.5 10h-59z"/>'
        '<circle class="d" cx="60" cy="46" r="5"/>'
    ),
    "chart": (
        '<path class="l" d="M24 36l24-8 24 8 24-8v56l-24 8-24-8-24 8z"/>'
        '<path class="k" d="M48 28v56M72 36v56"/>'
        '<path class="s a0" d="M32 76c10-18 18-4 26-18s14-2 28-20"/>'
        '<path class="d" d="M82 34l8 8M90 34l-8 8"/><path class="s" d="M82 34l8 8M90 34l-8 8"/>'
        '<circle class="a" cx="32" cy="76" r="4"/>'
    ),
    "flags": (
        '<path class="s" d="M20 34c26 14 54 14 80 0"/>'
        '<path class="a" d="M25 37l18 6-7 24z"/><path class="l" d="M46 44l20 1-9 25z"/>'
        '<path class="d" d="M70 44l19-4-5 25z"/>'
        '<path class="s" d="M22 68c26 14 50 14 76 0"/>'
        '<path class="d" d="M30 72l17 5-8 20z"/><path class="a" d="M52 78l18 0-9 21z"/>'
        '<path class="l" d="M75 77l17-5-6 22z"/>'
    ),
}


def picture(good: Good) -> bytes:
    """Without scripts, styles from elsewhere, or anything that a strict policy would refuse."""
    hue = good.hue
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 120">'
        f'<defs><linearGradient id="g" x2="0" y2="1"><stop stop-color="{_hsl(hue, 52, 86)}"/>'
        f'<stop offset="1" stop-color="{_hsl(hue + 14, 46, 72)}"/></linearGradient></defs>'
        '<path fill="url(#g)" d="M0 0h120v120H0z"/>'
        f'<path fill="{_hsl(hue + 14, 40, 64)}" opacity=".55" '
        'd="M0 94c20-10 36 6 60 0s40-8 60 2v24H0z"/>'
        f"{_painted(_DRAWN[good.id], hue)}</svg>"
    ).encode()


def _painted(shapes: str, hue: int) -> str:
    """Classes become attributes: styles in a picture would need a policy of their own."""
    dark, light = _hsl(hue, 42, 24), _hsl(hue, 60, 97)
    accent = _hsl((hue + 180) % 360 if 150 < hue < 270 else hue - 12, 66, 52)
    line = f'fill="none" stroke="{dark}" stroke-linecap="round" stroke-linejoin="round"'
    paints = {
        "d": f'fill="{dark}"',
        "l": f'fill="{light}"',
        "a": f'fill="{accent}"',
        "s": f'{line} stroke-width="4"',
        "s w": f'{line} stroke-width="6"',
        "s t": f'{line} stroke-width="2.5" opacity=".5"',
        "s a0": f'fill="none" stroke="{accent}" stroke-width="3" stroke-dasharray="1 6" '
        'stroke-linecap="round"',
        "t2": f'fill="{light}" opacity=".6"',
        "k": f'fill="none" stroke="{light}" stroke-width="2" stroke-linecap="round" opacity=".7"',
        "k2": f'fill="none" stroke="{dark}" stroke-width="2" stroke-linecap="round" opacity=".5"',
    }
    for name, paint in paints.items():
        shapes = shapes.replace(f'class="{name}"', paint)
    return shapes


def _hsl(hue: int, saturation: int, lightness: int) -> str:
    return f"hsl({hue % 360} {saturation}% {lightness}%)"
