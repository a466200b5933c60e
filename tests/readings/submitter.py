"""A process to be killed: submits batches from four threads and prints each acknowledgement at once.

The log is written into the file after every rollup, so that a kill may also fall into that.
"""

import itertools
import sys
import threading
from datetime import datetime, timedelta
from pathlib import Path

from nenghao.readings import ItemRow, ReadingBatch, ReadingStore, rollups

START = datetime(2026, 3, 1)


def send(store: ReadingStore, item_id: int, printing: threading.Lock) -> None:
    for turn in itertools.count():
        rows = 1 + turn * 7 % 150
        starts = [START + timedelta(minutes=15 * ((turn * 100 + i) % 5000)) for i in range(rows)]
        batch = ReadingBatch(
            received_at=START, enterprise_id=1, data_item_id=[item_id] * rows, stat_type=[0] * rows,
            period_start=starts, value=[1.0] * rows, state=[0] * rows, input_type=[1] * rows,
        )  # fmt: skip
        number = store.submit(batch).result()
        with printing:
            print(number, rows, flush=True)


def main() -> None:
    rollups.CHECKPOINT_WAL_BYTES = 0
    store = ReadingStore.open(Path(sys.argv[1]))
    numbers = range(1, 5)
    store.put_items(
        [ItemRow(id=n, data_code=str(n), enterprise_id=1, energy_key="heat", base_unit="GJ") for n in numbers]
    )
    printing = threading.Lock()
    for number in numbers:
        threading.Thread(target=send, args=(store, number, printing)).start()


if __name__ == "__main__":
    main()
