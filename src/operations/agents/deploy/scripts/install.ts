import { common } from './common.ts'

/** Makes a folder of the login alone in its home, where what is sent arrives; says its name, and its path. */
export const stageScript = `
cd "\${HOME:?}" || exit 1
# What a bridge left that was killed.
for old in ./.reops-agent-??????; do
  if [ -n "$(find "$old" -prune -mmin +60 2>/dev/null)" ]; then rm -rf "$old"; fi
done
stage=$(mktemp -d ./.reops-agent-XXXXXX) || exit 1
say stage "\${stage#./}"
say path "$PWD/\${stage#./}"
`

/**
 * Puts a release in its place, and tries whether its Node takes it, before anything that runs is touched; then stops the
 * agent, lets the new release be the current one and starts it. `$1` the folder, `$2` the version, `$3` where what was sent
 * is, `$4` the path of Node, `$5` the version of one that was sent, `$6` `systemd` or `plain`, `$7` the unit, `$8` the
 * supervisor, `$9` the key of the bridge, `$10` fifths of a second that an agent may take to end. The options, the token or
 * an empty line, and the setup come by stdin, a line each.
 */
export const installScript = `
base=$1 version=$2 stage=$3 node=$4 brings=$5 kind=$6 unit=$7 supervise=$8 holder=$9 grace=\${10}
${common}
IFS= read -r options && IFS= read -r token && IFS= read -r setup || exit 1
umask 077
mkdir -p "$base" || exit 1
chmod 700 "$base" || exit 1
lock "$holder"
if [ "$kind" = systemd ] && [ -f "$unit_file" ] && ! ours; then
  rm -rf "$base/lock"
  rmdir "$base" 2>/dev/null
  refuse "$unit_file belongs to an agent in another folder; remove that one first, or name its folder"
fi
mkdir -p "$base/state" && chmod 700 "$base/state" || exit 1
say begun yes
if [ -n "$brings" ]; then
  node=$base/node/$brings/node
  if [ -f "$stage/node" ]; then
    mkdir -p "$base/node/$brings" && mv -f "$stage/node" "$node" && chmod 755 "$node" || exit 1
  fi
fi
before=$(link_of current)
release=$base/$version
if [ "$before" = "$version" ]; then stop_all "$grace"; fi
rm -rf "$release"
mv "$stage/package" "$release" || exit 1
rm -rf "$stage"
ln -s "$node" "$release/node" || exit 1
printf '%s\\n' "$options" >"$release/options.json" &&
  printf '%s\\n' "$setup" >"$release/setup" &&
  printf '%s\\n' "$kind" >"$release/kind" &&
  printf '%s' "$supervise" >"$release/supervise.sh" &&
  printf '%s' "$unit" >"$release/unit" || exit 1
if [ "$uid" = 0 ]; then chown -R 0:0 "$base" || exit 1; fi
chmod -R go-rwx "$release" || exit 1
if ! said=$(cd "$release" && ./node -e 'require("zeromq")' 2>&1 </dev/null); then
  printf '%s\\n' "$said" >&2
  echo "Node at $node can not run the agent here: $(printf '%s\\n' "$said" | grep -m 1 -E 'rror|GLIBC|not found' || echo 'it says nothing')" >&2
  exit 1
fi
if [ -n "$token" ]; then
  # A key that the bridge does not know is never taken once it was revoked, so that a new one is made.
  if [ -f "$base/state/agent.key" ]; then mv -f "$base/state/agent.key" "$base/state/agent.key.before" || exit 1; fi
  printf '%s\\n' "$token" >"$base/state/token" || exit 1
else
  rm -f "$base/state/agent.key.before"
fi
stop_all "$grace"
if [ -n "$before" ] && [ "$before" != "$version" ]; then
  rm -f "$base/previous"
  ln -s "$before" "$base/previous" || exit 1
fi
switch_to "$version" || exit 1
start_current || exit 1
sums_of "$version" >"$release/sums" || exit 1
say started yes
`

/** Keeps the current release and the one before, and lets others at the agent again. `$1` the folder. */
export const finishScript = `
base=$1
${common}
current=$(link_of current) previous=$(link_of previous)
for release in $(releases); do
  if [ "$release" != "$current" ] && [ "$release" != "$previous" ]; then rm -rf "\${base:?}/$release"; fi
done
prune_nodes
rm -f "$base/state/agent.key.before" "$base/state/token"
rm -rf "$base/lock"
`

/** Says whether nobody starts the agent any more that was started. `$1` the folder. */
export const givenUpScript = `
base=$1
${common}
case $(kind_of current) in
  systemd) if ctl is-failed --quiet "$unit_name"; then say gone yes; fi ;;
  *) if ! pid_of supervisor; then say gone yes; fi ;;
esac
`

/** Starts what is there again. `$1` the folder, `$2` the key of the bridge, `$3` the time to end. */
export const restartScript = `
base=$1
${common}
lock "$2"
stop_all "$3"
if start_current; then rm -rf "$base/lock"; exit 0; fi
rm -rf "$base/lock"
exit 1
`
