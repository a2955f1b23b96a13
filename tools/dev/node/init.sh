# Process 1 of the real node: gives it a root file system of its own and then does nothing but reap. All that it mounts is in a mount
# namespace that only the node has, so it is gone with this process, as are all processes, links and packet filter rules of the node.
#
# The root is the host's, read through an overlay whose upper layer is memory: whatever pods or attacks write to the node,
# by whichever path, never reaches the host's files.
#
# Arguments: the node's folder; pairs of a folder in the node's data and where the node has it; "--"; folders of programs.
set -euo pipefail
folder=$1
shift

mount --make-rprivate /
mount -t tmpfs -o mode=0755 tmpfs "$folder/root"
mkdir "$folder/root/upper" "$folder/root/work" "$folder/root/merged"
root=$folder/root/merged
mount -t overlay -o "lowerdir=/,upperdir=$folder/root/upper,workdir=$folder/root/work" overlay "$root"
mount --rbind /dev "$root/dev"
mount --rbind /sys "$root/sys"
mount -t proc proc "$root/proc"
mount -t tmpfs -o mode=0755 tmpfs "$root/run"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
# Keys and files of the people of this machine are nothing that a pod of the node could need, not even to read.
for people in root home; do
  if [ -d "$root/$people" ]; then mount -t tmpfs -o mode=0755 tmpfs "$root/$people"; fi
done

while [ "$1" != -- ]; do
  mkdir -p "$folder/data/$1" "$root$2"
  mount --bind "$folder/data/$1" "$root$2"
  shift 2
done
shift
# Programs outside of the root's own file system: what is to be executed, and nothing to be written.
for programs in "$@"; do
  if ! [ -e "$root$programs" ]; then
    mkdir -p "$root$programs"
    mount --bind "$programs" "$root$programs"
    mount -o remount,bind,ro "$root$programs"
  fi
done
mkdir -p "$root$folder"
mount --bind "$folder" "$root$folder"

mkdir "$root/host"
cd "$root"
pivot_root . host
umount -l /host
rmdir /host
mount --make-rshared /
# The settings of the network are the node's own, all others the machine's, and read-only. The kubelet wants some of those to
# have certain values, which it gets to see without the machine's being changed (kubelet pkg/kubelet/cm, setupKernelTunables).
mount --bind /proc/sys /proc/sys
mount --bind /proc/sys/net /proc/sys/net
mount -o remount,bind,ro /proc/sys
mkdir /run/sysctls
while read -r name value; do
  echo "$value" >"/run/sysctls/${name//\//.}"
  mount --bind "/run/sysctls/${name//\//.}" "/proc/sys/$name"
done <<'END'
vm/overcommit_memory 1
vm/panic_on_oom 0
kernel/panic 10
kernel/panic_on_oops 1
kernel/keys/root_maxkeys 1000000
kernel/keys/root_maxbytes 25000000
END
ip link set lo up
echo 1 >/proc/sys/net/ipv4/ip_forward

touch "$folder/ready"
# bash reaps every child of a process 1, its own or not, while it waits.
trap 'exit 0' TERM
sleep infinity &
while :; do wait || true; done
