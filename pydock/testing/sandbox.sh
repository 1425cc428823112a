# The first process of an engine's own mount, network and process namespaces (see sandbox.py).
# Arguments: the engine's directory, its control group, the root file system ("" for the machine's own), then the
# daemon's command. Standard input is the leash: a line on it, or its end, stops the daemon. When this script ends,
# the kernel ends everything within.
set -eu
directory=$1 cgroup=$2 root=$3
shift 3

overlay() { # LOWER NAME: what the daemon writes goes to the engine's directory, never to the original
    layer=$directory/layers/$2
    mkdir -p "$layer/upper" "$layer/work" "$layer/merged"
    mount -t overlay overlay "$layer/merged" -o "lowerdir=$1,upperdir=$layer/upper,workdir=$layer/work" ||
        mount --bind "$1" "$layer/merged"
}

mount -t tmpfs tmpfs /run # first of all: mount itself notes things there
mkdir -p /run/lock
ip link set lo up 2>/dev/null || busybox ifconfig lo up
if [ -n "$root" ]; then
    overlay "$root" root
    cd "$directory/layers/root/merged"
    mount --rbind /dev dev
    mount --rbind /sys sys
    mount -t proc proc proc
    mount -t tmpfs tmpfs run
    mount -t tmpfs tmpfs tmp
    mkdir -p ".$directory" .old run/lock
    mount --bind "$directory" ".$directory"
    pivot_root . .old
    cd /
    umount -l /.old
    export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
else
    for part in etc opt; do # 20.10 writes /etc/docker/key.json, containerd makes /opt/containerd
        overlay "/$part" "$part"
        mount --move "$directory/layers/$part/merged" "/$part"
    done
fi

exec 9<&0 </dev/null
(
    if [ -n "${PYDOCK_LISTEN:-}" ]; then # a listening socket of the outer network, handed over as systemd does
        exec 3<&"$PYDOCK_LISTEN"
        export LISTEN_FDS=1 LISTEN_PID=$BASHPID
    fi
    exec "$@" 9<&-
) &
daemon=$!
{
    if ! read -r _ <&9; then touch "$directory/orphan"; fi
    kill -TERM $daemon
} &
ended=0
wait $daemon || ended=$?
if [ -e "$directory/orphan" ]; then # nobody is left who would do it
    find /sys/fs/cgroup -depth -type d -path "/sys/fs/cgroup*$cgroup*" -exec rmdir {} \; 2>/dev/null || :
    rm -rf "$directory"
fi
exit $ended
