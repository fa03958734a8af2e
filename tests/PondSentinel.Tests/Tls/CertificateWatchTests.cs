using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using PondSentinel.Tls;

namespace PondSentinel.Tests.Tls;

/// <summary>What ends soon is told in time, once a day, and only with a clock that somebody vouches for.</summary>
public sealed class CertificateWatchTests : IDisposable
{
    private static readonly DateTimeOffset Made = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Until = new(2026, 12, 31, 0, 0, 0, TimeSpan.Zero);

    private readonly string folder = Directory.CreateTempSubdirectory("pond-watch-").FullName;
    private readonly TestAuthority authority = new("CN=Pond CA", Made, Made.AddYears(20));
    private readonly FakeTimeProvider time = new(Until.AddDays(-61));
    private readonly Lines lines = new();
    private bool isKnown = true;

    public CertificateWatchTests() => Put(Until, Made.AddYears(2));

    public void Dispose()
    {
        authority.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void Certificate_is_told_of_sixty_days_ahead_and_then_once_a_day()
    {
        var watch = Watch();
        Assert.Equal(61, watch.DaysLeft);
        Assert.Empty(lines.Said);

        time.Advance(TimeSpan.FromDays(1));
        Assert.Equal(60, watch.DaysLeft);
        for (var hour = 0; hour < 23; hour++)
        {
            time.Advance(TimeSpan.FromHours(1));
            Assert.Equal(59, watch.DaysLeft);
        }

        Assert.Equal([$"{folder}/own.pem: this certificate ends in 60 days, on 2026-12-31; have it renewed and put the new one there"], lines.Said);
        time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(59, watch.DaysLeft);
        Assert.Equal(2, lines.Said.Count);
    }

    [Fact]
    public void Certificate_that_has_ended_counts_below_nothing_and_a_new_one_ends_it()
    {
        var watch = Watch();
        time.SetUtcNow(Until.AddDays(1));
        Assert.Equal(-1, watch.DaysLeft);
        Assert.Equal([$"{folder}/own.pem: this certificate ended on 2026-12-31; have it renewed and put the new one there"], lines.Said);

        Put(Until.AddYears(5), Made.AddYears(2));
        time.Advance(TimeSpan.FromDays(1));
        Assert.InRange(watch.DaysLeft!.Value, 1800, 1830);
        Assert.Single(lines.Said);
    }

    [Fact]
    public void List_past_its_date_is_told_of()
    {
        Put(Until.AddYears(5), Until.AddDays(-70));

        _ = Watch().DaysLeft;

        Assert.Equal(
            [$"{folder}/crl.pem: a newer list of revoked certificates was due on 2026-10-22; this one goes on being used, but whoever was revoked since is not on it; bring a new one (pki.sh crl)"],
            lines.Said);
    }

    [Fact]
    public void Clock_that_nobody_vouches_for_tells_nothing()
    {
        var watch = Watch();
        time.SetUtcNow(Until.AddYears(9));
        isKnown = false;
        Assert.Null(watch.DaysLeft);
        Assert.Empty(lines.Said);

        isKnown = true;
        Assert.True(watch.DaysLeft < 0);
        Assert.Contains("this certificate ended on 2026-12-31", lines.Said[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Authority_is_told_of_too()
    {
        Put(Made.AddYears(20), Made.AddYears(30));
        time.SetUtcNow(Made.AddYears(20).AddDays(-10));

        _ = Watch().DaysLeft;

        Assert.Equal($"{folder}/ca.pem: the authority CN=Pond CA ends in 10 days, on 2046-01-01; a new one and new certificates of it for everybody are needed", lines.Said[1]);
    }

    [Fact]
    public void Files_that_are_of_no_use_have_no_days()
    {
        File.Delete($"{folder}/own.key");

        Assert.Null(Watch().DaysLeft);
        Assert.Null(new CertificateWatch(new TlsOptions(), () => time.GetUtcNow(), time, lines).DaysLeft);
    }

    private CertificateWatch Watch() => new(
        new TlsOptions
        {
            Authority = $"{folder}/ca.pem",
            Certificate = $"{folder}/own.pem",
            Key = $"{folder}/own.key",
            RevocationList = $"{folder}/crl.pem",
        },
        () => isKnown ? time.GetUtcNow() : null,
        time,
        lines);

    private void Put(DateTimeOffset until, DateTimeOffset nextList)
    {
        using var own = authority.Issue("CN=gz-07", Made, until, TestAuthority.ClientUse, null);
        File.WriteAllText($"{folder}/ca.pem", authority.Certificate.ExportCertificatePem());
        File.WriteAllText($"{folder}/own.pem", own.ExportCertificatePem());
        File.WriteAllText($"{folder}/own.key", own.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        File.WriteAllText($"{folder}/crl.pem", authority.RevocationList(Made, nextList));
    }

    private sealed class Lines : ILogger
    {
        public List<string> Said { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Said.Add(formatter(state, exception));
    }
}
