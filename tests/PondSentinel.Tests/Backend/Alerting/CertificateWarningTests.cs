using Microsoft.Extensions.Logging.Abstractions;
using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Ingest;
using PondSentinel.Measurements;
using PondSentinel.Tests.Tls;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Backend.Alerting;

/// <summary>Certificates that end: people are told 30, 14 and 3 days ahead, once each, and that it is over when a new one is there.</summary>
public sealed class CertificateWarningTests : IDisposable
{
    private static readonly DateTimeOffset Start = AlertBench.Start;
    private static readonly GatewayName Gateway = new("pond", "gz-07");

    private static readonly IReadOnlyList<AlertRule> Rules = [.. BackendRules.All.Where(rule => rule.Measurand == Measurand.CertificateDays)];

    private readonly string folder = Directory.CreateTempSubdirectory("pond-certificates-").FullName;
    private readonly TestAuthority authority = new("CN=Pond CA", Start.AddYears(-1), Start.AddYears(19));
    private readonly AlertBench bench;

    public CertificateWarningTests()
    {
        Put("web.pem", Start.AddDays(33));
        bench = new AlertBench(Start, [.. Rules]);
        Watch("web.pem");
    }

    private string Web => Path.Combine(folder, "web.pem");

    public void Dispose()
    {
        bench.Dispose();
        authority.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void Each_step_is_told_once_and_a_renewed_certificate_ends_them_all()
    {
        Pass(days: 3);
        Assert.Empty(bench.Told);
        Pass(days: 1);
        var first = Assert.Single(bench.Told);
        Assert.Equal(
            ("certificate-30d", Severity.Info, "b1", "web", 29.0, "d"), (first.Rule, first.Severity, first.Site, first.Channel, first.Value, first.Unit));
        Assert.StartsWith("Days until the certificate ends at b1/b1 certificate.web is 29 d, below 30,", first.Summary, StringComparison.Ordinal);
        Assert.Contains("证书剩余有效天数", first.SummaryZh, StringComparison.Ordinal);

        Pass(days: 16);
        Assert.Equal(["certificate-30d", "certificate-14d"], bench.Told.Select(notice => notice.Rule));
        bench.Restart();
        Watch("web.pem");
        Pass(days: 11);
        Assert.Equal(("certificate-3d", Severity.High, 2.0), (bench.Told[^1].Rule, bench.Told[^1].Severity, bench.Told[^1].Value));
        Assert.Equal(3, bench.Told.Count);

        Put("web.pem", Start.AddYears(2));
        Pass(days: 1);
        Assert.Equal(
            ["certificate-14d", "certificate-30d", "certificate-3d"],
            bench.Told.Skip(3).Where(notice => notice.Phase == NoticeKind.Cleared).Select(notice => notice.Rule).Order());
    }

    [Fact]
    public void Certificate_that_has_ended_goes_on_being_told_of()
    {
        Put("web.pem", Start.AddDays(-7));
        Pass(hours: 2);
        Assert.Equal(3, bench.Told.Count);
        Assert.All(bench.Told, notice => Assert.Equal((NoticeKind.Firing, -8.0), (notice.Phase, notice.Value)));
    }

    [Fact]
    public void What_a_gateway_says_of_its_own_counts_until_it_is_retired_or_has_none()
    {
        Health(20);
        Assert.Equal(["firing pond gateway.certificate 20"], Told());
        Health(19);
        Assert.Single(bench.Told);

        Health(null);
        Assert.Equal(["firing pond gateway.certificate 20", "withdrawn pond gateway.certificate 20"], Told());
        Health(18);
        Assert.Equal(3, bench.Told.Count);
        bench.Execute(FormattableString.Invariant(
            $"INSERT INTO retired_gateway VALUES ('pond', 'gz-07', {bench.Time.GetUtcNow().ToUnixTimeMilliseconds()}, 'Li', '')"));
        bench.Wait(minutes: 1);
        Assert.Equal((NoticeKind.Withdrawn, 4), (bench.Told[^1].Phase, bench.Told.Count));
        bench.Wait(minutes: 5);
        Assert.Equal(4, bench.Told.Count);
    }

    [Fact]
    public void Gateway_that_was_moved_takes_the_alarm_of_its_certificate_back_at_the_old_site()
    {
        var there = Gateway with { Site = "hill" };
        Health(20);
        bench.Describe(there);
        for (var minutes = 0; minutes < 80; minutes += 10)
        {
            bench.Health(there, health => health with { CertificateDays = 20, Clock = new ClockStamp(ClockSource.Ntp, 5) });
            bench.Wait(minutes: 10);
        }

        Assert.Equal(["firing pond gateway.certificate 20", "firing hill gateway.certificate 20", "withdrawn pond gateway.certificate 20"], Told());
        Assert.Equal("hill", bench.Told[^1].MovedTo);
    }

    /// <summary>It says so of itself before it has the time: it cannot know how many days are left.</summary>
    [Fact]
    public void Gateway_that_has_begun_anew_keeps_the_alarm_of_its_certificate()
    {
        Health(20);
        Health(null, knowsTime: false);
        Health(20);
        Assert.Equal(["firing pond gateway.certificate 20"], Told());
    }

    [Fact]
    public void File_that_is_named_no_more_is_taken_back_and_one_that_cannot_be_read_is_not()
    {
        Pass(days: 10);
        File.Delete(Web);
        Pass(days: 1);
        Assert.Equal(NoticeKind.Firing, Assert.Single(bench.Told).Phase);

        Watch();
        Pass(days: 1);
        Assert.Equal([NoticeKind.Firing, NoticeKind.Withdrawn], bench.Told.Select(notice => notice.Phase));
    }

    [Fact]
    public void What_a_clock_ahead_has_noticed_is_taken_back()
    {
        bench.Time.Step(TimeSpan.FromDays(20));
        Pass(hours: 2);
        Assert.Equal(["certificate-30d", "certificate-14d"], bench.Told.Select(notice => notice.Rule));
        bench.Time.Step(TimeSpan.FromDays(-20));
        Pass(hours: 2);
        Assert.Equal(2, bench.Told.Count(notice => notice.Phase == NoticeKind.Withdrawn));
        Assert.Equal(4, bench.Told.Count);
    }

    [Fact]
    public void Owners_rule_about_certificates_stands_in_the_place_of_these()
    {
        var own = Rules[0] with { Id = "mine" };
        Assert.Equal([own, .. BackendRules.All.Except(Rules)], BackendRules.Beside([own]));
        Assert.Equal([AlertBench.Ammonium, .. BackendRules.All], BackendRules.Beside([AlertBench.Ammonium]));
        Assert.Equal(6, BackendRules.Beside([AlertBench.Ammonium with { Id = "certificate-3d" }]).Count);
    }

    [Fact]
    public void Files_of_one_name_are_told_apart()
    {
        var files = Files("/etc/a/ca.pem", "/etc/b/ca.pem", "/etc/c/b/ca.pem", "/etc/Crl (new).pem", "/etc/!.pem");
        Assert.Equal(["ca", "b-ca", "2-ca", "crl-new", "file"], files.Subjects.Values.Select(subject => subject.Channel));
        Assert.All(files.Subjects.Values, subject => Assert.True(files.IsOurs(subject)));
        Assert.False(files.IsOurs(AlertSubject.CertificateOf(Gateway)));
    }

    private CertificateFiles Files(params string[] names) =>
        new("b1", [.. names.Select(name => Path.Combine(folder, name))], bench.Time, NullLogger<CertificateFiles>.Instance);

    private void Watch(params string[] names) => bench.Engine.Certificates = Files(names);

    private List<string> Told() => bench.Told.Select(notice => FormattableString.Invariant(
        $"{notice.Phase.ToString().ToLowerInvariant()} {notice.Site} {notice.Device}.{notice.Channel} {notice.Value}")).ToList();

    private void Pass(int days = 0, int hours = 0)
    {
        for (var hour = 0; hour < (24 * days) + hours; hour++)
        {
            bench.Wait(minutes: 60);
        }
    }

    private void Health(int? days, bool knowsTime = true)
    {
        bench.Health(Gateway, health => health with { CertificateDays = days, Clock = knowsTime ? new ClockStamp(ClockSource.Ntp, 5) : null });
        bench.Wait(minutes: 1);
    }

    private void Put(string name, DateTimeOffset until)
    {
        using var own = authority.Issue("CN=web", Start.AddYears(-1), until, TestAuthority.ServerUse, null);
        File.WriteAllText(Path.Combine(folder, name), own.ExportCertificatePem());
    }
}
