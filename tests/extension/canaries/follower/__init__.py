from datetime import timedelta

from hookspecs import JobSpec, hookimpl


async def nothing(context):
    return None


@hookimpl
def register_jobs():
    return [JobSpec(key="follower:job", every=timedelta(hours=1), run=nothing, scope="structure")]
