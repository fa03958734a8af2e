using System.Globalization;

namespace PondSentinel.Gateway.Diagnosis;

/// <summary>What the doctor's findings mean and what to do, in English and Chinese.</summary>
internal static class DoctorWords
{
    private static readonly Dictionary<string, (string What, string Do, string WhatZh, string DoZh)> Table = new(StringComparer.Ordinal)
    {
        ["config-good"] = ("configuration: {0} has no mistake", "", "配置：{0} 没有错误", ""),
        ["config-bad"] = ("configuration: {0}", "mend it, then pond-gateway check", "配置：{0}", "改正后运行 pond-gateway check"),
        ["config-refused"] = ("configuration: the service refused {0} at {1} and goes by the former: {2}", "mend what it says, then pond-gateway reload", "配置：服务于 {1} 拒绝了 {0}，仍按原配置运行：{2}", "按提示改正后运行 pond-gateway reload"),
        ["config-unwise"] = ("configuration: {0}", "change it when you can", "配置：{0}", "方便时修改"),
        ["service-up"] = ("service: {0} runs", "", "服务：{0} 正在运行", ""),
        ["service-down"] = ("service: pond-gateway does not run, nothing is measured", "start it: sudo systemctl start pond-gateway", "服务：pond-gateway 没有运行，没有测量", "启动：sudo systemctl start pond-gateway"),
        ["service-mute"] = ("service: {0}", "do what it says, then run the doctor again", "服务：{0}", "按提示处理后再次运行 doctor"),
        ["clock-good"] = ("clock: right by {0}", "", "时钟：由 {0} 校准", ""),
        ["clock-unknown"] = ("clock: says {0}; nobody vouches for it", "wait for the network, or see [clock] in the configuration and chronyc tracking", "时钟：显示 {0}，未经校准", "等待网络，或检查配置 [clock] 与 chronyc tracking"),
        ["clock-wrong"] = ("clock: says {0}, before this program was built ({1})", "set it: sudo timedatectl set-time, or give the clock chip a new battery", "时钟：显示 {0}，早于程序生成日期（{1}），时间错误", "设置时间：sudo timedatectl set-time，或更换时钟电池"),
        ["card-good"] = ("card: {1} free at {0}", "", "存储卡：{0} 剩余 {1}", ""),
        ["card-full"] = ("card: full, {1} free at {0}, and {2} are kept free", "delete what is not the gateway's, or set max of [buffer] lower", "存储卡：已满，{0} 剩余 {1}，须保留 {2}", "删除其他文件，或调小 [buffer] 的 max"),
        ["card-read-only"] = ("card: {0} is mounted read-only", "look into dmesg: a failing card is set so; copy it and replace it", "存储卡：{0} 只读", "查看 dmesg：存储卡损坏会变为只读；备份并更换"),
        ["card-missing"] = ("card: {0} is not there", "the gateway makes it when it starts; check folder of [buffer]", "存储卡：{0} 不存在", "服务启动时创建；检查 [buffer] 的 folder"),
        ["card-fault"] = ("card: {0}", "copy the buffer and replace the card", "存储卡：{0}", "备份缓冲并更换存储卡"),
        ["calibration-bad"] = ("calibrations: {0}", "do what it says, then run the doctor again", "校准记录：{0}", "按提示处理后再次运行 doctor"),
        ["relay-fault"] = ("relay: {0} cannot be switched: {1}", "mend it, then pond-gateway alarm test with an alarm that trips it", "继电器：{0} 无法动作：{1}", "排除后用 pond-gateway alarm test 试验"),
        ["port-good"] = ("port: {0} is there", "", "串口：{0} 存在", ""),
        ["port-missing"] = ("port: {1} of bus {0} is not there", "plug the adapter in; ls /dev/serial/by-id shows its name", "串口：总线 {0} 的 {1} 不存在", "插好转换器；ls /dev/serial/by-id 显示名称"),
        ["port-held"] = ("port: {0} is held by another program: {1}", "stop that program; one line has one master", "串口：{0} 被其他程序占用：{1}", "停止该程序；一条总线只能有一个主站"),
        ["port-modem-manager"] = ("port: ModemManager has {0} open ({1}) and sends commands to it", "sudo systemctl stop ModemManager, or tell it off by a udev rule with ID_MM_PORT_IGNORE", "串口：ModemManager 打开了 {0}（{1}）并发送命令", "sudo systemctl stop ModemManager，或用 udev 规则 ID_MM_PORT_IGNORE 排除"),
        ["port-denied"] = ("port: this user may not use {0}", "use sudo, or add the user to the group dialout", "串口：当前用户无权使用 {0}", "使用 sudo，或将用户加入 dialout 组"),
        ["bus-down"] = ("bus {0}: {1}", "check that it is switched on and plugged in", "总线 {0}：{1}", "检查是否启用和插好"),
        ["device-good"] = ("device: {0} answers", "", "设备：{0} 有应答", ""),
        ["device-unasked"] = ("device: {0} has not been polled yet", "wait for its interval, or pond-gateway read {0}", "设备：{0} 尚未轮询", "等待下次轮询，或 pond-gateway read {0}"),
        ["all-silent"] = ("supply: nobody on {0} answers: no 24 V?", "measure 24 V at the probes and look at the fuse; if it is there, A and B at the adapter", "供电：{0} 上所有设备无应答：可能没有 24 V", "在探头处测量 24 V，检查保险丝；电压正常则检查转换器的 A、B 线"),
        ["line-silent"] = ("device: {0} on bus {1} does not answer: A/B swapped, no supply, or cut", "swap A and B at the probe; if it stays silent check its supply and its plug", "设备：总线 {1} 上的 {0} 无应答：A/B 接反、无电源或断线", "在探头处对调 A、B；仍无应答则检查电源和插头"),
        ["device-silent"] = ("device: {0} on bus {1} does not answer, its neighbours do", "check its plug, its supply and its own A/B; pond-gateway scan {1} looks for it at other ids", "设备：总线 {1} 上的 {0} 无应答，其他设备正常", "检查其插头、电源和 A/B；pond-gateway scan {1} 搜索其他地址"),
        ["wrong-id"] = ("device: {0} does not answer at id {1}; one of its model does at {2}", "write address = {2}, or pond-gateway device set-address", "设备：{0} 在地址 {1} 无应答，同型号设备在地址 {2} 应答", "写 address = {2}，或 pond-gateway device set-address"),
        ["wrong-baud"] = ("bus {0}: {1} answers at {3}, and the bus is set to {2}", "set baud and parity of the bus to {3}", "总线 {0}：{1} 在 {3} 应答，而总线设为 {2}", "将总线的 baud 和 parity 设为 {3}"),
        ["line-garbled"] = ("bus {0}: answers of {1} cannot be read: baud or parity wrong, or noise", "compare baud and parity with the probe's, then shield and termination (120 ohm)", "总线 {0}：{1} 的应答无法解读：波特率或校验错误，或有干扰", "核对波特率和校验，再查屏蔽和终端电阻（120 欧）"),
        ["i2c-garbled"] = ("device: {0} at {1} gives nonsense: two devices at one address, or long wires", "unplug one after the other; give one another address", "设备：{1} 的 {0} 数据错乱：地址重复或导线过长", "逐个拔下检查；为其中一个改地址"),
        ["i2c-silent"] = ("device: {0} does not answer at {1}", "check its supply, SDA and SCL; pond-gateway scan shows who answers", "设备：{0} 在 {1} 无应答", "检查电源、SDA 和 SCL；pond-gateway scan 显示有应答的地址"),
        ["i2c-taken"] = ("device: {0} has the address {1}, and so has {2} of the kernel", "give one of them another address", "设备：{0} 的地址 {1} 与内核设备 {2} 重复", "为其中一个改地址"),
        ["wrong-device"] = ("device: {0} is another piece: {1}", "compare it with the configuration; pond-gateway device replace notes a change", "设备：{0} 不是配置的那一台：{1}", "与配置核对；更换后用 pond-gateway device replace 登记"),
        ["device-fault"] = ("device: {0}: {1}: {2}", "{3}", "设备：{0}：{1}：{2}", "{3}"),
        ["cert-good"] = ("certificate: valid until {0}", "", "证书：有效期至 {0}", ""),
        ["cert-soon"] = ("certificate: expires on {0}", "have it renewed: deploy/pki/README.md", "证书：将于 {0} 到期", "续期：deploy/pki/README.md"),
        ["cert-expired"] = ("certificate: expired on {0}: {1}", "have it renewed and put the new one there: deploy/pki/README.md", "证书：已于 {0} 过期：{1}", "续期并替换：deploy/pki/README.md"),
        ["cert-bad"] = ("certificate: {0}", "put the right file there: deploy/pki/README.md", "证书：{0}", "放入正确的文件：deploy/pki/README.md"),
        ["broker-none"] = ("broker: there is no [uplink]; records stay here", "add [uplink] where they are to be sent", "服务器：没有 [uplink]，记录只留在本机", "需要上传时添加 [uplink]"),
        ["broker-up"] = ("broker: the service is connected to {0}", "", "服务器：服务已连接 {0}", ""),
        ["broker-good"] = ("broker: {0} takes this gateway", "", "服务器：{0} 接受本网关", ""),
        ["broker-name"] = ("broker: the name {0} is not known: {1}", "check the SIM and the antenna, then host of [uplink]", "服务器：无法解析名称 {0}：{1}", "检查 SIM 卡和天线，再检查 [uplink] 的 host"),
        ["broker-unreachable"] = ("broker: {0} cannot be reached: {1}", "ping another machine; where that works, check port of [uplink], the broker and its firewall", "服务器：无法连接 {0}：{1}", "先 ping 其他主机；正常则检查 [uplink] 的 port、服务器及防火墙"),
        ["broker-refuses"] = ("broker: {0} does not take this gateway: {1}", "mend that, at the broker or in [uplink]", "服务器：{0} 拒绝本网关：{1}", "在服务器或 [uplink] 中改正"),
    };

    /// <summary>All codes.</summary>
    public static IEnumerable<string> Codes => Table.Keys;

    /// <summary>What a finding says.</summary>
    /// <param name="finding">The finding.</param>
    /// <param name="language">In which language.</param>
    /// <returns>What is so, and what to do; empty where there is nothing to do.</returns>
    public static (string What, string Do) Of(Finding finding, Language language)
    {
        var words = Table[finding.Code];
        object[] arguments = [.. (language == Language.Chinese ? finding.ArgumentsChinese : null) ?? finding.Arguments];
        return language == Language.Chinese
            ? (string.Format(CultureInfo.InvariantCulture, words.WhatZh, arguments), string.Format(CultureInfo.InvariantCulture, words.DoZh, arguments))
            : (string.Format(CultureInfo.InvariantCulture, words.What, arguments), string.Format(CultureInfo.InvariantCulture, words.Do, arguments));
    }

    /// <summary>The forms of a code in both languages, for whoever compares them.</summary>
    /// <param name="code">The code.</param>
    internal static (string What, string Do, string WhatZh, string DoZh) Forms(string code) => Table[code];
}
