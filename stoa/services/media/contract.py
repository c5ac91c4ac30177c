"""What other services may know of media: ids, errors."""

from typing import NewType
from uuid import UUID

AssetId = NewType("AssetId", UUID)
UploadId = NewType("UploadId", UUID)
