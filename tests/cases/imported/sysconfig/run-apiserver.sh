#!/bin/sh
# Starts the API server by hand.
export HTTP2_READ_IDLE_TIMEOUT_SECONDS=10
exec /opt/kubernetes/bin/kube-apiserver --etcd-servers=https://10.3.0.1:2379,https://10.3.0.2:2379,https://10.3.0.3:2378 \
    --secure-port 6443 --default-unreachable-toleration-seconds=20 \
    --v=2 >>/var/log/kube-apiserver.log 2>&1
