using PondSentinel.Alerting;
using PondSentinel.Measurements;

namespace PondSentinel.Backend.Alerting;

/// <summary>The rules about certificates that every backend has, written by nobody: with 30, 14 and 3 days left.</summary>
/// <remarks>Each is told when it comes and again as its channel does; a certificate that is renewed ends all three.</remarks>
internal static class CertificateRules
{
    private const string What = "it ends soon, and from then on nobody comes in by it";
    private const string WhatZh = "到期后将无法连接";
    private const string Do = "Renew it (pki.sh renew NAME; a list of the revoked: pki.sh crl) and bring the new file to where the old one lies: deploy/pki/README.md";
    private const string DoZh = "续期证书（pki.sh renew 名称；吊销列表：pki.sh crl），并放到旧文件的位置：见 deploy/pki/README.md";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<AlertRule> All { get; } =
    [
        Rule(30, Severity.Info), Rule(14, Severity.Medium), Rule(3, Severity.High),
    ];

    /// <summary>The rules of an owner, and these where none of those is about certificates.</summary>
    /// <param name="rules">The owner's.</param>
    public static IReadOnlyList<AlertRule> Beside(IReadOnlyList<AlertRule> rules) =>
        rules.Any(rule => rule.Measurand == Measurand.CertificateDays)
            ? rules
            : [.. rules, .. All.Where(own => rules.All(rule => rule.Id != own.Id))];

    private static AlertRule Rule(int days, Severity severity) => new()
    {
        Id = FormattableString.Invariant($"certificate-{days}d"),
        Measurand = Measurand.CertificateDays,
        Severity = severity,
        Text = $"Less than {days} days are left of a certificate, or of a list of the revoked: {What}",
        TextZh = $"证书或吊销列表的剩余有效期不足 {days} 天，{WhatZh}",
        Do = Do,
        DoZh = DoZh,
        Threshold = new ThresholdRule
        {
            Side = LimitSide.Below, RaiseLimit = days, ClearLimit = days, HoldRaise = TimeSpan.Zero, HoldClear = TimeSpan.Zero,
        },
    };
}
