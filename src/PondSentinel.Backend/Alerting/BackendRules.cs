using PondSentinel.Alerting;
using PondSentinel.Measurements;

namespace PondSentinel.Backend.Alerting;

/// <summary>The rules that every backend has, written by nobody: about certificates and calibrations that end, and clocks that are off.</summary>
internal static class BackendRules
{
    private static readonly TimeSpan ClockHold = TimeSpan.FromMinutes(10);

    /// <summary>All of them.</summary>
    public static IReadOnlyList<AlertRule> All { get; } =
    [
        Certificate(30, Severity.Info),
        Certificate(14, Severity.Medium),
        Certificate(3, Severity.High),
        Calibration(
            "calibration-due", 7, Severity.Info,
            "The calibration of a channel is due within 7 days", "通道校准将在 7 天内到期",
            "Take standards along at the next visit; at the gateway: pond-gateway calibrate DEVICE. pond-gateway calibration list tells what it had",
            "下次巡检时携带标准液，在网关上运行 pond-gateway calibrate 设备名；pond-gateway calibration list 可查看以往校准"),
        Calibration(
            "calibration-overdue", 0, Severity.Medium,
            "The calibration of a channel is overdue: its values may have drifted", "通道校准已逾期，数据可能漂移",
            "Calibrate it: pond-gateway calibrate DEVICE at the gateway, or with its own tools and pond-gateway calibration add",
            "请校准：在网关上运行 pond-gateway calibrate 设备名；用其他工具校准后以 pond-gateway calibration add 登记"),
        new()
        {
            Id = "clock-drift",
            Measurand = Measurand.ClockError,
            Severity = Severity.Medium,
            Text = "A clock is off by more than 5 s, or may be; 16 s stands for one that nobody has set right, whose records wait",
            TextZh = "时钟误差超过 5 秒或可能超过；16 秒表示时钟尚未校准，其记录暂缓上传",
            Do = "On that machine: chronyc tracking (timedatectl timesync-status) tells which time server it goes by, pond-gateway status how far a gateway is from its backend. Mend its way to the time server. Where it is the backend, most gateways agree against it: look at its own first, then at the time server that they share",
            DoZh = "在该机器上运行 chronyc tracking（或 timedatectl timesync-status）查看所用时间服务器，pond-gateway status 查看网关与后端的时差，并恢复与时间服务器的连接。若为后端，则多数网关与其不一致：先查后端时钟，再查网关共用的时间服务器",
            Threshold = new ThresholdRule { Side = LimitSide.Above, RaiseLimit = 5, ClearLimit = 4, HoldRaise = ClockHold, HoldClear = ClockHold },
        },
    ];

    /// <summary>The rules of an owner, and these of whose measurand none of those is.</summary>
    /// <param name="rules">The owner's.</param>
    public static IReadOnlyList<AlertRule> Beside(IReadOnlyList<AlertRule> rules) =>
    [
        .. rules,
        .. All.Where(own => rules.All(rule => rule.Measurand != own.Measurand && rule.Id != own.Id)),
    ];

    /// <summary>Those that are not in force, because a rule of the owner's stands in their place.</summary>
    /// <param name="rules">The owner's.</param>
    public static IEnumerable<AlertRule> Replaced(IReadOnlyList<AlertRule> rules) => All.Except(Beside(rules));

    // Each is told when it comes and again as its channel does; a certificate that is renewed ends all three.
    private static AlertRule Certificate(int days, Severity severity) => new()
    {
        Id = FormattableString.Invariant($"certificate-{days}d"),
        Measurand = Measurand.CertificateDays,
        Severity = severity,
        Text = $"Less than {days} days are left of a certificate, or of a list of the revoked: it ends soon, and from then on nobody comes in by it",
        TextZh = $"证书或吊销列表的剩余有效期不足 {days} 天，到期后将无法连接",
        Do = "Renew it (pki.sh renew NAME; a list of the revoked: pki.sh crl) and bring the new file to where the old one lies: deploy/pki/README.md",
        DoZh = "续期证书（pki.sh renew 名称；吊销列表：pki.sh crl），并放到旧文件的位置：见 deploy/pki/README.md",
        Threshold = Below(days),
    };

    private static AlertRule Calibration(string id, int days, Severity severity, string text, string textZh, string @do, string doZh) => new()
    {
        Id = id,
        Measurand = Measurand.CalibrationDays,
        Severity = severity,
        Text = text,
        TextZh = textZh,
        Do = @do,
        DoZh = doZh,
        Threshold = Below(days),
    };

    private static ThresholdRule Below(int days) => new()
    {
        Side = LimitSide.Below, RaiseLimit = days, ClearLimit = days, HoldRaise = TimeSpan.Zero, HoldClear = TimeSpan.Zero,
    };
}
