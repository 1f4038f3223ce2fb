"""Other names for the people of a sentence, so that a model learns to read what is said, not of whom.

The pool is the names of the train split's own targets and public figures of many countries.
"""

from __future__ import annotations

import random
import re
from dataclasses import replace

from stance_data import Target

# Given name and surname; a country's politics make news under these, or did.
FIGURES = """
Angela Merkel; Olaf Scholz; Emmanuel Macron; Marine LePen; Boris Johnson; Theresa May; Keir Starmer; Rishi Sunak
Viktor Orban; Donald Tusk; Giorgia Meloni; Matteo Salvini; Pedro Sanchez; Mark Rutte; Ursula Leyen; Kaja Kallas
Vladimir Putin; Dmitry Medvedev; Sergei Lavrov; Maria Zakharova; Alexei Navalny; Yulia Navalnaya; Igor Sechin
Volodymyr Zelenskyy; Petro Poroshenko; Yulia Tymoshenko; Andriy Yermak; Alexander Lukashenko; Svetlana Tikhanovskaya
Xi Jinping; Li Keqiang; Wang Yi; Carrie Lam; Tsai Ing-wen; Shinzo Abe; Fumio Kishida; Moon Jae-in; Kim Jong-un
Narendra Modi; Rahul Gandhi; Imran Khan; Benazir Bhutto; Sheikh Hasina; Aung Kyi; Rodrigo Duterte; Joko Widodo
Recep Erdogan; Bashar Assad; Benjamin Netanyahu; Benny Gantz; Mahmoud Abbas; Hassan Rouhani; Ali Khamenei
Mohammed Salman; Abdel Sisi; Muammar Gaddafi; Abiy Ahmed; Paul Kagame; Cyril Ramaphosa; Jacob Zuma; Bola Tinubu
Ellen Sirleaf; Samia Hassan; Nana Akufo; Justin Trudeau; Chrystia Freeland; Lopez Obrador; Claudia Sheinbaum
Lula Silva; Jair Bolsonaro; Dilma Rousseff; Javier Milei; Cristina Kirchner; Nicolas Maduro; Gabriel Boric
Jacinda Ardern; Scott Morrison; Anthony Albanese; Julia Gillard; Donald Trump; Joe Biden; Kamala Harris; Mike Pence
Barack Obama; Michelle Obama; Hillary Clinton; Nancy Pelosi; Mitch McConnell; Bernie Sanders; Elizabeth Warren
Ted Cruz; Marco Rubio; Nikki Haley; Mitt Romney; John McCain; Lisa Murkowski; Susan Collins; Alexandria Ocasio
"""

TITLES = r"(?:(?:Mr|Mrs|Ms|Dr|Sen|Rep|Gov|Gen|Lt|Col|Judge|Justice|President|Senator|Secretary|Prime Minister)\.? )*"
NAME = re.compile(TITLES + r"(?:(?P<given>[A-Z][a-z]+(?: [A-Z]\.)?) )?(?P<surname>[A-Z][\w-]{2,})(?:['’]s)?")
# What the pattern takes for a surname and is none.
OTHERS = set(
    "The This That These They She His Her Their Our Its You Who President Senate House Congress State "
    "Justice Department Committee Court Party Republicans Democrats Republican Democrat Democratic White "
    "Administration Government Police Ministry University Union Council Facebook Google Twitter Russia "
    "China America States Iran Israel Ukraine North South New West East Supreme Attorney General Friday "
    "Monday Tuesday Wednesday Thursday Saturday Sunday".split()
)


def name_of(target: Target) -> tuple[str | None, str] | None:
    """Given name, if the mention has one, and surname of a target that looks like a person's name."""
    found = NAME.fullmatch(target.sentence[target.start : target.end])
    if not found or found["surname"] in OTHERS or found["given"] in OTHERS:
        return None
    return found["given"], found["surname"]


def pool(targets: list[Target]) -> list[tuple[str, str]]:
    """Given names and surnames, each pair once, in a fixed order."""
    pairs = {tuple(pair.split()) for line in FIGURES.split("\n") for pair in line.split("; ") if pair}
    for target in targets:
        name = name_of(target)
        if name and name[0]:
            pairs.add((name[0].split()[0], name[1]))
    return sorted(pairs)


def renamed(target: Target, names: list[tuple[str, str]], rng: random.Random) -> Target:
    """The sentence with another name for its target, wherever the name stands in it.

    A target whose surname the pool lacks may be a place or a paper, and keeps its name.
    """
    name = name_of(target)
    if name is None:
        return target
    given, surname = name
    if all(surname != known for _, known in names):
        return target
    new_given, new_surname = rng.choice(names)
    known = re.compile(rf"\b(?P<given>{re.escape(given or 'no given name')} )?{re.escape(surname)}\b")
    pieces, cursor = [], 0
    start, end = target.start, target.end
    for found in known.finditer(target.sentence):
        new = f"{new_given} {new_surname}" if found["given"] else new_surname
        growth = len(new) - (found.end() - found.start())
        if found.end() <= target.start:
            start += growth
        if found.end() <= target.end:
            end += growth
        pieces += [target.sentence[cursor : found.start()], new]
        cursor = found.end()
    pieces.append(target.sentence[cursor:])
    return replace(target, sentence="".join(pieces), start=start, end=end)
