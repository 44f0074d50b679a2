"""cleanvision over a folder with its defaults: `python cleanvision_checking.py FOLDER`."""

import json
import sys
import time

from cleanvision import Imagelab

if __name__ == "__main__":  # it starts processes, which may import this
    begin = time.perf_counter()
    lab = Imagelab(data_path=sys.argv[1])
    lab.find_issues(verbose=False)
    seconds = time.perf_counter() - begin
    found = {row.issue_type: int(row.num_images) for row in lab.issue_summary.itertuples()}
    print(json.dumps({"images": len(lab.issues), "seconds": seconds, "found": found}))
