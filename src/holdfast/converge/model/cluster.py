"""A Kubernetes of three nodes, each control plane and worker, loses one: how long until the API
answers, until a Service reaches the pod that replaces a lost one, and what is between.

    API        = etcd's election, then the client's luck with the balancer
    a new pod  = see `replacement`, and `guarded` with node agents
"""

from __future__ import annotations

from holdfast.converge.model.access import Design
from holdfast.converge.model.guarded import Guarded
from holdfast.converge.model.replacement import Replacement
from holdfast.converge.model.story import Seen, Story


def story(design: Design) -> Story:
    course = Guarded(design) if design.agent else Replacement(design)
    return Story(
        design.title,
        (
            Seen("api", "a client that asks again and again is answered", course.access.api),
            Seen("calls", "no new connection to the API fails any more", course.access.calls),
            Seen("watch", "a watch through the lost API server has ended", course.access.watch),
            Seen("node", "the lost node is called NotReady", course.node),
            Seen("service", "requests to surviving pods of a Service do not fail", course.service),
            Seen("pod", "a Service reaches the pod that replaces its only one", course.pod),
        ),
        course.milestones(),
        frozenset(("scheduler: a standby takes over", "the balancer gives the dead one up")),
    )
