#!/bin/sh
# Starts LXD in a world of its own: network, processes, mounts and control groups end with it.
# Arguments: the folder of the daemon, the name of its control group.
set -e
folder=$1
group=$2

# Containers' groups are made below one of our own, which can be removed as a whole.
for controller in /sys/fs/cgroup/*; do
  [ -e "$controller/tasks" ] || continue
  mkdir -p "$controller/$group"
  if [ -e "$controller/cpuset.cpus" ]; then
    echo 1 >"$controller/$group/cgroup.clone_children"
    cat "$controller/cpuset.cpus" >"$controller/$group/cpuset.cpus"
    cat "$controller/cpuset.mems" >"$controller/$group/cpuset.mems"
  fi
  echo $$ >"$controller/$group/tasks"
done

# --kill-child: whoever kills this process kills everything in it.
exec unshare --mount --net --cgroup --uts --pid --fork --kill-child --mount-proc --propagation private \
  sh -e -c '
    controllers=$(awk "\$3 == \"cgroup\" { print \$2 }" /proc/mounts)
    # What is a network here is read in /sys, which shows that of whoever mounted it.
    mount -t sysfs sysfs /sys
    mount -t tmpfs tmpfs /sys/fs/cgroup
    for path in $controllers; do
      name=${path##*/}
      mkdir "/sys/fs/cgroup/$name"
      options=$name
      [ "$name" = systemd ] && options=none,name=systemd
      mount -t cgroup -o "$options" cgroup "/sys/fs/cgroup/$name"
    done
    ip link set lo up
    # The user of a container must get through all folders above its own; those of a temporary folder are private.
    mount -t tmpfs -o mode=755 tmpfs /mnt
    mkdir /mnt/lxd
    mount --bind "$1" /mnt/lxd
    LXD_DIR=/mnt/lxd exec lxd --group root --logfile "$1/lxd.log"
  ' sh "$folder"
