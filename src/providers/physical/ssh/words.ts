/** What stands before what a host says of its start. */
export const booted = 'reops-boot'

/** Says by what its host tells one start from another: Linux's and macOS's id of it, or else its time. */
export const bootId = `
PATH=$PATH:/usr/sbin:/sbin
for id in "$(cat /proc/sys/kernel/random/boot_id 2>/dev/null)" "$(sysctl -n kern.bootsessionuuid 2>/dev/null)" \\
  "$(sysctl -n kern.boottime 2>/dev/null)" "$(who -b 2>/dev/null)"; do
  if [ -n "$id" ]; then
    printf '%s %s\\n' ${booted} "$id"
    exit 0
  fi
done
exit 1
`
