// The metric families of a node_exporter 1.5 on a small Linux machine, by our own words: names,
// types and labels are what such an exporter shows.

const disks = ['vda', 'zram0'].map((device) => ({ device }));
const interfaces = ['eth0', 'lo'].map((device) => ({ device }));
const root = { device: '/dev/vda', fstype: 'ext4', mountpoint: '/' };

/** Every family as `{ name, type, help, labelSets }`, sorted by name; grows with `cpus`. */
export function nodeExporterFamilies(cpus) {
  const families = [
    ...goFamilies(),
    ...cpuFamilies(cpus),
    ...diskFamilies(),
    ...memoryFamilies(),
    ...netstatFamilies(),
    ...networkFamilies(),
    ...systemFamilies(),
    ...collectorFamilies(),
    ...processFamilies(),
  ];
  return families.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function family(name, type, help, labelSets = [{}]) {
  return { name, type, help, labelSets };
}

/** One family per word. */
function group(words, prefix, suffix, type, help, labelSets) {
  return words
    .trim()
    .split(/\s+/)
    .map((word) => family(`${prefix}${word}${suffix}`, type, `${help} (${word})`, labelSets));
}

function values(label, words) {
  return words
    .trim()
    .split(/\s+/)
    .map((value) => ({ [label]: value }));
}

function goFamilies() {
  const quantiles = values('quantile', '0 0.25 0.5 0.75 1');
  return [
    family('go_gc_duration_seconds', 'summary', 'Pauses of the garbage collector.', quantiles),
    family('go_goroutines', 'gauge', 'Goroutines that exist now.'),
    family('go_info', 'gauge', 'The Go release this was built with.', [{ version: 'go1.19.8' }]),
    family('go_threads', 'gauge', 'Threads of the operating system.'),
    ...group(
      `alloc buck_hash_sys gc_sys heap_alloc heap_idle heap_inuse heap_released heap_sys
       mcache_inuse mcache_sys mspan_inuse mspan_sys next_gc other_sys stack_inuse stack_sys sys`,
      'go_memstats_',
      '_bytes',
      'gauge',
      'Bytes the Go runtime holds of one kind',
    ),
    ...group('frees lookups mallocs', 'go_memstats_', '_total', 'counter', 'Heap operations'),
  ];
}

function cpuFamilies(cpus) {
  const numbers = Array.from({ length: cpus }, (_, cpu) => String(cpu));
  const modes = (words) =>
    numbers.flatMap((cpu) => values('mode', words).map((mode) => ({ cpu, ...mode })));
  const perCpu = numbers.map((cpu) => ({ cpu }));
  return [
    family('node_cpu_guest_seconds_total', 'counter', 'Time spent in guests.', modes('nice user')),
    family(
      'node_cpu_seconds_total',
      'counter',
      'Time each processor spent in each mode.',
      modes('idle iowait irq nice softirq steal system user'),
    ),
    ...group(
      'dropped processed times_squeezed',
      'node_softnet_',
      '_total',
      'counter',
      'Packets of the soft interrupt',
      perCpu,
    ),
  ];
}

function diskFamilies() {
  const info = { major: '254', minor: '0', model: '', path: '', revision: '', serial: '', wwn: '' };
  return [
    ...group(
      `discard_time_seconds discarded_sectors discards_completed discards_merged flush_requests
       flush_requests_time_seconds io_time_seconds io_time_weighted_seconds read_bytes
       read_time_seconds reads_completed reads_merged write_time_seconds writes_completed
       writes_merged written_bytes`,
      'node_disk_',
      '_total',
      'counter',
      'What a disk has done since the machine started',
      disks,
    ),
    family('node_disk_io_now', 'gauge', 'Operations of a disk under way.', disks),
    family(
      'node_disk_info',
      'gauge',
      'What a disk is.',
      disks.map((disk) => ({ ...disk, ...info })),
    ),
    ...group(
      'avail_bytes device_error files files_free free_bytes readonly size_bytes',
      'node_filesystem_',
      '',
      'gauge',
      'State of a mounted file system',
      [root, { device: 'tmpfs', fstype: 'tmpfs', mountpoint: '/run' }],
    ),
  ];
}

function memoryFamilies() {
  return [
    ...group(
      `Active Active_anon Active_file AnonHugePages AnonPages Balloon Bounce Buffers Cached
       CommitLimit Committed_AS DirectMap1G DirectMap2M DirectMap4k Dirty FileHugePages
       FilePmdMapped Hugepagesize Hugetlb Inactive Inactive_anon Inactive_file KReclaimable
       KernelStack Mapped MemAvailable MemFree MemTotal Mlocked NFS_Unstable PageTables Percpu
       SReclaimable SUnreclaim SecPageTables Shmem ShmemHugePages ShmemPmdMapped Slab SwapCached
       SwapFree SwapTotal Unevictable VmallocChunk VmallocTotal VmallocUsed Writeback WritebackTmp
       Zswap Zswapped`,
      'node_memory_',
      '_bytes',
      'gauge',
      'Bytes of one kind of memory as the kernel counts them',
    ),
    ...group('Free Rsvd Surp Total', 'node_memory_HugePages_', '', 'gauge', 'Number of huge pages'),
    ...group(
      'oom_kill pgfault pgmajfault pgpgin pgpgout pswpin pswpout',
      'node_vmstat_',
      '',
      'untyped',
      'Counter of virtual memory',
    ),
  ];
}

function netstatFamilies() {
  return [
    ...group(
      `Icmp6_InErrors Icmp6_InMsgs Icmp6_OutMsgs Icmp_InErrors Icmp_InMsgs Icmp_OutMsgs
       Ip6_InOctets Ip6_OutOctets IpExt_InOctets IpExt_OutOctets Ip_Forwarding TcpExt_ListenDrops
       TcpExt_ListenOverflows TcpExt_SyncookiesFailed TcpExt_SyncookiesRecv TcpExt_SyncookiesSent
       TcpExt_TCPSynRetrans TcpExt_TCPTimeouts Tcp_ActiveOpens Tcp_CurrEstab Tcp_InErrs Tcp_InSegs
       Tcp_OutRsts Tcp_OutSegs Tcp_PassiveOpens Tcp_RetransSegs Udp6_InDatagrams Udp6_InErrors
       Udp6_NoPorts Udp6_OutDatagrams Udp6_RcvbufErrors Udp6_SndbufErrors UdpLite6_InErrors
       UdpLite_InErrors Udp_InDatagrams Udp_InErrors Udp_NoPorts Udp_OutDatagrams Udp_RcvbufErrors
       Udp_SndbufErrors`,
      'node_netstat_',
      '',
      'untyped',
      'Counter of the network stack',
    ),
    ...group(
      `FRAG6_inuse FRAG6_memory FRAG_inuse FRAG_memory RAW6_inuse RAW_inuse TCP6_inuse TCP_alloc
       TCP_inuse TCP_mem TCP_mem_bytes TCP_orphan TCP_tw UDP6_inuse UDPLITE6_inuse UDPLITE_inuse
       UDP_inuse UDP_mem UDP_mem_bytes sockets_used`,
      'node_sockstat_',
      '',
      'gauge',
      'Sockets in one state',
    ),
    family(
      'node_udp_queues',
      'gauge',
      'Bytes that wait in UDP queues.',
      ['v4', 'v6'].flatMap((ip) => values('queue', 'rx tx').map((queue) => ({ ip, ...queue }))),
    ),
  ];
}

function networkFamilies() {
  const info = { address: '02:42:ac:11:00:02', broadcast: 'ff:ff:ff:ff:ff:ff' };
  const state = { duplex: 'full', ifalias: '', operstate: 'up' };
  return [
    ...group(
      `address_assign_type carrier device_id dormant flags iface_id iface_link iface_link_mode
       mtu_bytes name_assign_type net_dev_group protocol_type speed_bytes transmit_queue_length up`,
      'node_network_',
      '',
      'gauge',
      'State of a network interface',
      interfaces,
    ),
    ...group(
      `carrier_changes carrier_down_changes carrier_up_changes receive_bytes receive_compressed
       receive_drop receive_errs receive_fifo receive_frame receive_multicast receive_nohandler
       receive_packets transmit_bytes transmit_carrier transmit_colls transmit_compressed
       transmit_drop transmit_errs transmit_fifo transmit_packets`,
      'node_network_',
      '_total',
      'counter',
      'What a network interface has carried or lost',
      interfaces,
    ),
    family(
      'node_network_info',
      'gauge',
      'What a network interface is.',
      interfaces.map(({ device }) => ({ ...info, device, ...state })),
    ),
    ...group(
      `entries entries_limit stat_drop stat_early_drop stat_found stat_ignore stat_insert
       stat_insert_failed stat_invalid stat_search_restart`,
      'node_nf_conntrack_',
      '',
      'gauge',
      'State of connection tracking',
    ),
  ];
}

function systemFamilies() {
  const kernel = {
    machine: 'x86_64',
    nodename: 'fleet',
    release: '6.1.0-20-amd64',
    sysname: 'Linux',
  };
  const system = { id: 'debian', id_like: '', name: 'Debian GNU/Linux' };
  const build = { branch: 'HEAD', goarch: 'amd64', goos: 'linux', goversion: 'go1.19.8' };
  return [
    family('node_arp_entries', 'gauge', 'Neighbours known.', [{ device: 'eth0' }]),
    ...group('context_switches forks intr', 'node_', '_total', 'counter', 'Kernel events'),
    ...group('available_bits pool_size_bits', 'node_entropy_', '', 'gauge', 'Random numbers'),
    ...group('allocated maximum', 'node_filefd_', '', 'gauge', 'Open files of the machine'),
    ...group('1 5 15', 'node_load', '', 'gauge', 'Load average over minutes'),
    ...group(
      'cpu_waiting io_stalled io_waiting memory_stalled memory_waiting',
      'node_pressure_',
      '_seconds_total',
      'counter',
      'Time that work has waited for a resource',
    ),
    ...group('blocked running', 'node_procs_', '', 'gauge', 'Processes in one state'),
    ...group('boot_time_seconds time_seconds', 'node_', '', 'gauge', 'A moment in Unix time'),
    ...group(
      `estimated_error_seconds frequency_adjustment_ratio loop_time_constant maxerror_seconds
       offset_seconds pps_calibration_total pps_error_total pps_frequency_hertz pps_jitter_seconds
       pps_jitter_total pps_shift_seconds pps_stability_exceeded_total pps_stability_hertz status
       sync_status tai_offset_seconds tick_seconds`,
      'node_timex_',
      '',
      'gauge',
      'How the kernel keeps time',
    ),
    family('node_uname_info', 'gauge', 'The kernel.', [{ domainname: '(none)', ...kernel }]),
    family('node_os_info', 'gauge', 'The distribution.', [{ build_id: '', ...system }]),
    family('node_exporter_build_info', 'gauge', 'The build.', [{ ...build, version: '1.5.0' }]),
    ...group('selinux_enabled textfile_scrape_error', 'node_', '', 'gauge', 'Yes is 1, no is 0'),
  ];
}

function collectorFamilies() {
  const collectors = values(
    'collector',
    `arp bcache bonding btrfs conntrack cpu cpufreq diskstats dmi edac entropy fibrechannel filefd
     filesystem hwmon infiniband ipvs loadavg mdadm meminfo netclass netdev netstat nfs nfsd nvme os
     powersupplyclass pressure rapl schedstat selinux sockstat softnet stat systemd tapestats
     textfile thermal_zone time timex udp_queues uname vmstat xfs zfs`,
  );
  return group(
    'duration_seconds success',
    'node_scrape_collector_',
    '',
    'gauge',
    'How a collector of the exporter did',
    collectors,
  );
}

function processFamilies() {
  return [
    ...group(
      `max_fds open_fds resident_memory_bytes start_time_seconds virtual_memory_bytes
       virtual_memory_max_bytes`,
      'process_',
      '',
      'gauge',
      'State of the exporter itself',
    ),
    family('process_cpu_seconds_total', 'counter', 'Processor time of the exporter.'),
    family(
      'promhttp_metric_handler_requests_total',
      'counter',
      'Scrapes answered, by status.',
      values('code', '200 500 503'),
    ),
    family('promhttp_metric_handler_requests_in_flight', 'gauge', 'Scrapes being answered.'),
  ];
}
