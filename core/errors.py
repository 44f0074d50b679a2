"""The errors that Fovea raises on purpose. Pages and the command line turn them into words.

FoveaError
├── InputError          the input is at fault; the message says what and what to do
│   ├── ImageError      a picture cannot be read
│   ├── SourceError     a folder, archive or array file cannot become a data set
│   ├── ConfigError     a setting is out of range or does not fit the data
│   ├── NotFoundError   no data set, version or run of that name
│   ├── DamagedError    a file of the workspace is not what was written
│   └── ConflictError   somebody else saved first; nothing is lost, and the message says what they changed
├── Stopped             the person who watches asked to stop; nothing is wrong
└── HelperError         a helper process did not answer; Fovea is at fault

Every message states the rule, the value received and what to do. Anything else that is raised
is a bug and is not caught.
"""


class FoveaError(Exception):
    """Base of all errors that are raised on purpose."""


class InputError(FoveaError):
    """The input is at fault. The message says what and what to do."""


class ImageError(InputError):
    """A picture cannot be read."""


class SourceError(InputError):
    """A folder, archive, manifest or array file cannot become a data set."""


class ConfigError(InputError):
    """A setting is out of range or does not fit the data."""


class NotFoundError(InputError):
    """There is no data set, version or run of that name."""


class DamagedError(InputError, ValueError):
    """A file of the workspace is cut off, empty, or holds something else."""


class ConflictError(InputError):
    """Somebody else saved a newer version first. The message says what they changed and what to do."""


class Stopped(FoveaError):
    """The person who watches asked to stop."""


class HelperError(FoveaError):
    """A helper process did not answer in time, or died."""
