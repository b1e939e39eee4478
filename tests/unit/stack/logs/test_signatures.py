# ruff: noqa: E501 - lines of logs are long
"""Signatures: what is the same trouble, in the layouts of well-known programs."""

from __future__ import annotations

import pytest

from tixmaster.stack.logs.assigning import assign

KINDS = {
    "HDFS": [
        [
            "081109 203615 148 INFO dfs.DataNode$PacketResponder: PacketResponder 1 for block blk_38865049064139660 terminating",
            "081109 204005 35 INFO dfs.DataNode$PacketResponder: PacketResponder 0 for block blk_-6670958622368987959 terminating",
        ],
        [
            "081109 203807 222 INFO dfs.DataNode$DataXceiver: Receiving block blk_-1608999687919862906 src: /10.250.14.224:42420 dest: /10.250.14.224:50010",
            "081109 203807 19 INFO dfs.DataNode$DataXceiver: Receiving block blk_8229193803249955061 src: /10.251.1.9:42420 dest: /10.250.1.2:50010",
        ],
        [
            "081109 204132 26 INFO dfs.FSNamesystem: BLOCK* NameSystem.allocateBlock: /mnt/hadoop/mapred/system/job_200811092030_0001/job.jar. blk_-1608999687919862906",
            "081109 204655 34 INFO dfs.FSNamesystem: BLOCK* NameSystem.allocateBlock: /user/hive/rand/_temporary/_task_200811092030_0001_m_000590_0/part-00590. blk_-1727475099218615100",
        ],
        [
            "081109 213847 19 INFO dfs.FSNamesystem: BLOCK* ask 10.250.14.38:50010 to delete  blk_-1 blk_22 blk_-333",
            "081109 213849 19 INFO dfs.FSNamesystem: BLOCK* ask 10.251.126.5:50010 to delete blk_-9016567407076718172 blk_5",
        ],
    ],
    "OpenSSH": [
        [
            "Dec 10 06:55:46 LabSZ sshd[24200]: reverse mapping checking getaddrinfo for ns.marryaldkfaczcz.com [173.234.31.186] failed - POSSIBLE BREAK-IN ATTEMPT!",
            "Dec 10 07:55:46 LabSZ sshd[4200]: reverse mapping checking getaddrinfo for 191-210-223-172.user.vivozap.com.br [191.210.223.172] failed - POSSIBLE BREAK-IN ATTEMPT!",
        ],
        [
            "Dec 10 06:55:48 LabSZ sshd[24200]: Failed password for invalid user webmaster from 173.234.31.186 port 38926 ssh2",
            "Dec 10 07:07:45 LabSZ sshd[24206]: Failed password for invalid user test9 from 52.80.34.196 port 36060 ssh2",
            "Dec 10 07:07:45 LabSZ sshd[24206]: Failed password for invalid user pgadmin from 52.80.34.196 port 36060 ssh2",
        ],
        [
            "Dec 10 06:55:46 LabSZ sshd[24200]: Invalid user webmaster from 173.234.31.186",
            "Dec 10 06:55:49 LabSZ sshd[24200]: Invalid user oracle from 1.2.3.4",
        ],
        [
            "Dec 10 07:13:56 LabSZ sshd[24227]: Failed password for root from 5.36.59.76 port 42393 ssh2",
            "Dec 10 07:13:57 LabSZ sshd[24228]: Failed password for ftp from 5.36.59.76 port 42393 ssh2",
        ],
        ["Dec 10 06:55:46 LabSZ sshd[24200]: pam_unix(sshd:auth): check pass; user unknown"],
        [
            "Dec 10 06:55:46 LabSZ sshd[24200]: pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=173.234.31.186 ",
            "Dec 10 09:55:46 LabSZ sshd[2420]: pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=ec2-52-80-34-196.cn-north-1.compute.amazonaws.com.cn ",
        ],
        [
            "Dec 10 06:55:46 LabSZ sshd[24200]: input_userauth_request: invalid user webmaster [preauth]",
            "Dec 10 06:55:46 LabSZ sshd[24200]: input_userauth_request: invalid user 0 [preauth]",
        ],
        ["Dec 10 06:55:48 LabSZ sshd[24200]: Connection closed by 173.234.31.186 [preauth]"],
    ],
    "BGL": [
        [
            "- 1117838570 2005.06.03 R02-M1-N0-C:J12-U11 2005-06-03-15.42.50.363779 R02-M1-N0-C:J12-U11 RAS KERNEL INFO instruction cache parity error corrected",
            "- 1117842440 2005.06.03 R23-M0-NE-C:J05-U01 2005-06-03-16.47.20.730545 R23-M0-NE-C:J05-U01 RAS KERNEL INFO instruction cache parity error corrected",
        ],
        [
            "- 1117842974 2005.06.03 R24-M0-N1-C:J13-U11 2005-06-03-16.56.14.254137 R24-M0-N1-C:J13-U11 RAS KERNEL INFO 63543 double-hummer alignment exceptions",
            "- 1117843015 2005.06.03 R21-M1-N6-C:J08-U11 2005-06-03-16.56.55.309974 R21-M1-N6-C:J08-U11 RAS KERNEL INFO 162 double-hummer alignment exceptions",
        ],
        [
            "- 1117848119 2005.06.03 R16-M1-N2-C:J17-U01 2005-06-03-18.21.59.871925 R16-M1-N2-C:J17-U01 RAS KERNEL INFO CE sym 2, at 0x0b85eee0, mask 0x05",
            "- 1117848119 2005.06.03 R16-M1-N2-C:J17-U01 2005-06-03-18.21.59.871925 R16-M1-N2-C:J17-U01 RAS KERNEL INFO CE sym 20, at 0x1438f9e0, mask 0x40",
        ],
        [
            "- 1117955341 2005.06.05 R22-M0-NA-C:J18-U11 2005-06-05-00.09.01.903373 R22-M0-NA-C:J18-U11 RAS KERNEL INFO generating core.2275",
            "- 1117955341 2005.06.05 R24-M0-N3-C:J13-U11 2005-06-05-00.09.01.903373 R24-M0-N3-C:J13-U11 RAS KERNEL INFO generating core.862",
        ],
        [
            "KERNDTLB 1118536327 2005.06.11 R30-M0-N9-C:J16-U01 2005-06-11-17.32.07.581048 R30-M0-N9-C:J16-U01 RAS KERNEL FATAL data TLB error interrupt",
        ],
        [
            "APPREAD 1117869872 2005.06.04 R04-M1-N4-I:J18-U11 2005-06-04-00.24.32.432192 R04-M1-N4-I:J18-U11 RAS APP FATAL ciod: failed to read message prefix on control stream (CioStream socket to 172.16.96.116:33569",
            "APPREAD 1117869876 2005.06.04 R27-M1-N4-I:J18-U01 2005-06-04-00.24.36.222560 R27-M1-N4-I:J18-U01 RAS APP FATAL ciod: failed to read message prefix on control stream (CioStream socket to 172.16.96.116:33370",
        ],
    ],
    "Zookeeper": [
        [
            "2015-07-29 17:41:44,747 - INFO  [QuorumPeer[myid=1]/0:0:0:0:0:0:0:0:2181:FastLeaderElection@774] - Notification time out: 3200",
            "2015-07-29 19:04:29,079 - INFO  [QuorumPeer[myid=3]/0:0:0:0:0:0:0:0:2181:FastLeaderElection@774] - Notification time out: 60000",
        ],
        [
            "2015-07-29 19:04:12,394 - INFO  [/10.10.34.11:3888:QuorumCnxManager$Listener@493] - Received connection request /10.10.34.11:45307",
            "2015-07-29 19:13:17,524 - INFO  [/10.10.34.13:3888:QuorumCnxManager$Listener@493] - Received connection request /10.10.34.12:37120",
        ],
        [
            "2015-07-29 19:13:27,721 - WARN  [RecvWorker:188978561024:QuorumCnxManager$RecvWorker@762] - Connection broken for id 188978561024, my id = 1, error = ",
            "2015-07-29 19:15:27,721 - WARN  [RecvWorker:1:QuorumCnxManager$RecvWorker@762] - Connection broken for id 1, my id = 3, error = ",
        ],
        [
            "2015-07-29 19:13:24,282 - WARN  [RecvWorker:188978561024:QuorumCnxManager$RecvWorker@765] - Interrupting SendWorker"
        ],
        [
            "2015-07-29 23:44:21,796 - INFO  [NIOServerCxn.Factory:0.0.0.0/0.0.0.0:2181:NIOServerCnxn@1001] - Closed socket connection for client /10.10.34.21:59652 which had sessionid 0x14ed93111f20005",
            "2015-07-30 00:14:21,796 - INFO  [NIOServerCxn.Factory:0.0.0.0/0.0.0.0:2181:NIOServerCnxn@1001] - Closed socket connection for client /10.10.34.13:40088 which had sessionid 0x24ed93f0b2e0011",
        ],
    ],
    "Apache": [
        [
            "[Sun Dec 04 04:47:44 2005] [notice] workerEnv.init() ok /etc/httpd/conf/workers2.properties",
        ],
        [
            "[Sun Dec 04 04:47:44 2005] [error] mod_jk child workerEnv in error state 6",
            "[Sun Dec 04 04:51:18 2005] [error] mod_jk child workerEnv in error state 10",
        ],
        [
            "[Sun Dec 04 05:15:09 2005] [error] [client 222.166.160.184] Directory index forbidden by rule: /var/www/html/",
            "[Mon Dec 05 05:15:09 2005] [error] [client 1.2.3.4] Directory index forbidden by rule: /var/www/html/",
        ],
    ],
    "Linux": [
        [
            "Jun 14 15:16:01 combo sshd(pam_unix)[19939]: authentication failure; logname= uid=0 euid=0 tty=NODEVssh ruser= rhost=218.188.2.4 ",
            "Jun 14 15:16:02 combo sshd(pam_unix)[19937]: authentication failure; logname= uid=0 euid=0 tty=NODEVssh ruser= rhost=troi.bluesky-technologies.com ",
            "Jun 14 15:16:02 combo sshd(pam_unix)[19937]: authentication failure; logname= uid=0 euid=0 tty=NODEVssh ruser= rhost=zummit.com ",
        ],
        [
            "Jun 15 04:06:18 combo su(pam_unix)[21416]: session opened for user cyrus by (uid=0)",
            "Jun 15 04:06:18 combo su(pam_unix)[21416]: session opened for user news by (uid=0)",
        ],
        [
            "Jun 15 04:06:19 combo su(pam_unix)[21416]: session closed for user cyrus",
            "Jun 15 04:06:19 combo su(pam_unix)[21416]: session closed for user news",
        ],
        [
            "Jun 17 07:07:00 combo ftpd[29504]: connection from 24.54.76.216 (24-54-76-216.bflony.adelphia.net) at Fri Jun 17 07:07:00 2005",
            "Jun 25 19:25:30 combo ftpd[32326]: connection from 211.167.68.59 () at Sat Jun 25 19:25:30 2005",
        ],
        ["Jun 19 04:08:57 combo cups: cupsd shutdown succeeded"],
        ["Jun 19 04:09:02 combo cups: cupsd startup succeeded"],
        ["Jul 27 14:41:57 combo syslogd 1.4.1: restart."],
        ["Jul 27 14:41:58 combo kernel: usbcore: registered new driver usbfs"],
        ["Jul 27 14:41:58 combo kernel: usbcore: registered new driver hub"],
    ],
    "Spark, Hadoop, OpenStack": [
        [
            "17/06/09 20:10:45 INFO storage.MemoryStore: Block broadcast_0_piece0 stored as bytes in memory (estimated size 93.0 B, free 317.0 KB)",
            "17/06/09 20:10:46 INFO storage.MemoryStore: Block broadcast_19_piece0 stored as bytes in memory (estimated size 5.2 KB, free 3.1 MB)",
        ],
        [
            "2015-10-18 18:01:50,353 INFO [main] org.apache.hadoop.mapreduce.v2.app.MRAppMaster: Created MRAppMaster for application appattempt_1445144423722_0020_000001",
            "2015-10-18 18:01:50,353 INFO [main] org.apache.hadoop.mapreduce.v2.app.MRAppMaster: Created MRAppMaster for application appattempt_1445062781478_0011_000002",
        ],
        [
            'nova-api.log.1.2017-05-16_13:53:08 2017-05-16 00:00:00.008 25746 INFO nova.osapi_compute.wsgi.server [req-38101a0b-2096-447d-96ea-a692162415ae 113d3a99c3da401fbd62cc2caa5b96d2 54fadb412c4e40cdbaed9335e4c35a9e - - -] 10.11.10.1 "GET /v2/54fadb412c4e40cdbaed9335e4c35a9e/servers/detail HTTP/1.1" status: 200 len: 1893 time: 0.2477829',
            'nova-api.log.1.2017-05-16_13:53:08 2017-05-16 00:00:05.185 25746 INFO nova.osapi_compute.wsgi.server [req-5a2050e7-b381-4ae9-92d2-8b08e9f9f4c0 113d3a99c3da401fbd62cc2caa5b96d2 54fadb412c4e40cdbaed9335e4c35a9e - - -] 10.11.10.1 "GET /v2/54fadb412c4e40cdbaed9335e4c35a9e/servers/0f079bdd-4117-4f7f-b49a-f2ed32f3b1e0 HTTP/1.1" status: 200 len: 2 time: 0.1',
        ],
    ],
}


@pytest.mark.parametrize("program", list(KINDS))
def test_lines_of_well_known_programs_are_grouped_as_a_person_would(program: str) -> None:
    """Times, hosts, addresses, ids, paths and who it was make no difference; what is said does."""
    kinds = KINDS[program]
    ids = iter(list(assign(line.encode() for kind in kinds for line in kind)))
    found = [{next(ids) for _ in kind} for kind in kinds]
    assert [len(one) for one in found] == [1] * len(kinds), found
    assert len(set.union(*found)) == len(kinds), "different troubles have one signature"


def test_a_line_is_read_the_same_whatever_stood_before_it() -> None:
    """One that was cut short teaches nothing about those that begin alike."""
    cut = b"2016-09-28 04:30:30, Info      "
    whole = b"2016-09-28 04:30:31, Info                  CBS    Loaded Servicing Stack v6.1.7601.23505"
    alone = list(assign([whole]))
    assert list(assign([cut, whole]))[1:] == list(assign([*[cut] * 30, whole]))[30:] == alone
