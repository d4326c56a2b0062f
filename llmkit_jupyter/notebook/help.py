"""The help of ``%video`` and ``%%video``."""

from __future__ import annotations

from llmkit_jupyter.notebook.flags import option_lines

HELP = f"""Make a video from a prompt and show it.

    %video [options] PROMPT         one line
    %%video [options]               the prompt is the rest of the cell
    PROMPT

Options come first. The prompt is taken exactly as it is typed: quotes, braces and
dollar signs mean nothing special. A prompt that begins with a dash goes after "--".
A value with blanks goes in quotes, 'so' or "so"; the same quote inside them is
written twice: --negative "a ""stop"" sign, rain".

{option_lines(for_sweeps=False)}

Several -m, -d or -s, or one of these, make a sweep: every prompt with every model, seed,
length and size. -o then keeps the whole of it, as does its name for later sessions.

{option_lines(for_sweeps=True)}

Examples

    %video A cat's toy rolls down the stairs
    %video -d 5 -s hd -o clip A serene Japanese garden with a koi pond
    clip.save("garden.mp4")

    %%video -m runway-gen-4 --seed 7 -b -o job
    A lighthouse in a storm,
    waves breaking over the rocks

    %video -m pixverse-v6 -i sketch.png --negative "text, logos" The waves roll in
    %video -m pixverse-v6 --set settings.audio=true A drummer in the rain

    %%video -m kling-2.0 -m hailuo-mini --seeds 1:2 --lines -o study
    A lighthouse in a storm
    A harbour at night

    season = "autumn"
    %video --vars A forest in {{season}}

Interrupting the cell stops the waiting, not the job; %llmkit resume shows it again.
Models: %llmkit models. More: %llmkit help
"""
