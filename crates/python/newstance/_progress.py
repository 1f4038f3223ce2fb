"""Progress of scoring, through tqdm if it is installed."""


class Bar:
    """A bar of articles; nothing where tqdm is not installed, or nobody looks.

    total: articles in all, if that is known.
    show: whether it is wanted; if None, on a terminal and in a notebook.
    """

    def __init__(self, total=None, show=None):
        self._bar = None
        if show is False:
            return
        try:
            from tqdm.auto import tqdm
        except ImportError:
            if show:
                raise
            return
        # tqdm's own None means: if the output is a terminal; a notebook's bar is shown, too.
        disable = None if show is None else False
        self._bar = tqdm(total=total, unit=" articles", delay=1, disable=disable, leave=False)

    def show(self, articles):
        if self._bar is not None:
            self._bar.update(articles - self._bar.n)

    def close(self):
        if self._bar is not None:
            self._bar.close()
