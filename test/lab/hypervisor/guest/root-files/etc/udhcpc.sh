#!/bin/sh
# What udhcpc calls when a lease comes, is renewed or ends.
case $1 in
  deconfig)
    ip address flush dev "$interface"
    ;;
  bound | renew)
    ip address flush dev "$interface"
    ip address add "$ip/${mask:-24}" dev "$interface"
    for each in $router; do ip route add default via "$each" dev "$interface"; done
    : >/etc/resolv.conf
    for each in $dns; do echo "nameserver $each" >>/etc/resolv.conf; done
    echo "$interface has the address $ip" >/dev/console
    ;;
esac
