"""The long work of media: checking what came, making ladders, forgetting what never came."""

from stoa.kit.jobs import JobRun, Jobs
from stoa.services.media.service.media import Media
from stoa.services.media.service.transcoding import TranscodeFilm
from stoa.services.media.service.uploading import CheckUpload

jobs = Jobs("media")


@jobs.on(CheckUpload)
async def check_upload(job: CheckUpload, media: Media) -> None:
    """Take a whole file in, or refuse it."""
    await media.uploading.check(organization=job.organization_id, upload=job.upload)


@jobs.on(TranscodeFilm)
async def transcode_film(job: TranscodeFilm, run: JobRun, media: Media) -> None:
    """Make the picture and the ladder of a film."""
    await media.transcoding.transcode(organization=job.organization_id, asset=job.asset, run_=run)


@jobs.every("7 * * * *")
async def sweep_uploads(media: Media) -> None:
    """Forget uploads that paused too long."""
    await media.uploading.sweep()
