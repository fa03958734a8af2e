using System.Security.Cryptography.X509Certificates;
using PondSentinel.Gateway.Time;
using PondSentinel.Tls;
using PondSentinel.Tests.Gateway.Time;

namespace PondSentinel.Tests.Tls;

/// <summary>Which broker is believed to be the broker, and when.</summary>
public sealed class ServerCheckTests : IDisposable
{
    private const string Host = "broker.example.org";

    // The clocks of the test stand at 2026-07-01.
    private static readonly DateTimeOffset Made = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Until = new(2026, 12, 31, 0, 0, 0, TimeSpan.Zero);

    private readonly TestClocks clocks = new();
    private readonly TestAuthority authority = new("CN=Pond CA", Made.AddYears(-1), Made.AddYears(9));
    private long newestMs;
    private long builtMs;

    public void Dispose() => authority.Dispose();

    [Fact]
    public void Broker_with_the_right_certificate_is_accepted_with_a_trusted_clock()
    {
        Synchronise();

        Assert.Null(RefusalOf(authority.Server(Host, Made, Until)));
    }

    [Fact]
    public void Clock_at_1970_accepts_a_certificate_that_may_be_valid() =>
        Assert.Null(At1970(() => RefusalOf(authority.Server(Host, Made, Until))));

    [Fact]
    public void Clock_at_1970_refuses_a_certificate_that_expired_before_the_newest_record()
    {
        newestMs = Until.AddDays(1).ToUnixTimeMilliseconds();

        Assert.Equal(
            "the certificate of the broker expired on 2026-12-31, and it is at least 2027-01-01, though nobody vouches for the clock; renew it at the broker",
            At1970(() => RefusalOf(authority.Server(Host, Made, Until))));
    }

    [Fact]
    public void Clock_at_1970_refuses_a_certificate_that_expired_before_the_program_was_built()
    {
        builtMs = Until.AddDays(1).ToUnixTimeMilliseconds();

        Assert.Contains("expired on 2026-12-31", At1970(() => RefusalOf(authority.Server(Host, Made, Until))), StringComparison.Ordinal);
    }

    [Fact]
    public void Clock_that_nobody_vouches_for_does_not_make_a_certificate_expire()
    {
        clocks.SetWall(TimeSpan.FromDays(4000));

        Assert.Null(RefusalOf(authority.Server(Host, Made, Until)));
    }

    [Fact]
    public void Trusted_clock_refuses_what_has_expired_and_what_is_not_valid_yet()
    {
        Synchronise();

        Assert.Equal(
            "the certificate of the broker expired on 2026-06-30, and it is 2026-07-01; renew it at the broker",
            RefusalOf(authority.Server(Host, Made, new DateTimeOffset(2026, 6, 30, 0, 0, 0, TimeSpan.Zero))));
        Assert.Equal(
            "the certificate of the broker is not valid before 2026-07-02, and it is 2026-07-01; check both clocks",
            RefusalOf(authority.Server(Host, new DateTimeOffset(2026, 7, 2, 0, 0, 0, TimeSpan.Zero), Until)));
    }

    [Fact]
    public void Trusted_time_is_that_of_the_backend_and_not_of_the_wall_clock()
    {
        var clock = Clock();
        clock.AcceptServerTime(clock.BootTime, clock.BootTime, Until.AddDays(1).ToUnixTimeMilliseconds());

        Assert.Contains(
            "expired on 2026-12-31, and it is 2027-01-01;", RefusalOf(authority.Server(Host, Made, Until), clock: clock), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("other.example.org")]
    [InlineData("example.org")]
    public void Broker_of_another_name_is_refused(string name) =>
        Assert.StartsWith(
            $"the broker's certificate is not for {Host} but for {name};",
            RefusalOf(authority.Server(name, Made, Until)),
            StringComparison.Ordinal);

    [Fact]
    public void Name_counts_only_where_it_is_a_subject_alternative_name() =>
        Assert.Contains(
            "but for no name at all", RefusalOf(authority.Issue($"CN={Host}", Made, Until, TestAuthority.ServerUse, null)), StringComparison.Ordinal);

    [Fact]
    public void Address_is_a_name_too() =>
        Assert.Null(RefusalOf(authority.Server("192.0.2.7", Made, Until), host: "192.0.2.7"));

    [Fact]
    public void Broker_of_another_authority_is_refused()
    {
        using var other = new TestAuthority("CN=Another CA", Made.AddYears(-1), Made.AddYears(9));

        Assert.Equal(
            "the broker's certificate is signed by CN=Another CA, which is not among those of [uplink] ca",
            RefusalOf(other.Server(Host, Made, Until)));
    }

    [Fact]
    public void Authority_of_the_same_name_with_another_key_is_refused()
    {
        using var forged = new TestAuthority("CN=Pond CA", Made.AddYears(-1), Made.AddYears(9));

        Assert.NotNull(RefusalOf(forged.Server(Host, Made, Until)));
    }

    [Fact]
    public void Certificate_of_a_gateway_does_not_make_a_broker() =>
        Assert.Equal(
            "the broker's certificate is not one of a server (extended key usage serverAuth); have one made that is",
            RefusalOf(authority.Issue("CN=gz-08", Made, Until, TestAuthority.ClientUse, Host)));

    [Fact]
    public void Broker_without_a_certificate_is_refused() =>
        Assert.Equal("the broker shows no certificate", RefusalOf(null));

    [Fact]
    public void Certificate_that_names_no_use_does_not_make_a_broker() =>
        Assert.Contains("not one of a server", RefusalOf(authority.Issue("CN=broker", Made, Until, null, Host)), StringComparison.Ordinal);

    [Fact]
    public void Revoked_broker_is_refused_and_its_neighbour_is_not()
    {
        using var revoked = authority.Server(Host, Made, Until);
        var list = authority.RevocationList(Made, Until, revoked);

        Assert.Equal(
            $"the certificate of the broker has been revoked (serial number {revoked.SerialNumber})",
            RefusalOf(revoked, list: list));
        Assert.Null(RefusalOf(authority.Server(Host, Made, Until), list: list));
    }

    private string? RefusalOf(
        X509Certificate2? certificate, string host = Host, GatewayClock? clock = null, string? list = null)
    {
        string? failure = null;
        X509Certificate2Collection authorities = [authority.Certificate];
        var files = new TlsFiles(authorities, null, list is null ? [] : RevocationList.ReadPem(list, authorities, out failure));
        Assert.Null(failure);
        var check = new ServerCheck(
            host, files, new CertificateTime(clock ?? Clock(), () => newestMs, builtMs).For, "[uplink]");
        Assert.Equal(check.Accepts(certificate, []), check.Refusal is null);
        certificate?.Dispose();
        return check.Refusal;
    }

    private string? At1970(Func<string?> judged)
    {
        clocks.SetWall(DateTimeOffset.UnixEpoch - clocks.GetUtcNow());
        return judged();
    }

    private void Synchronise() => clocks.Discipline = new Discipline(Synchronised: true, TimeSpan.FromMilliseconds(5));

    private GatewayClock Clock() => new(clocks, clocks, new ClockOptions());
}
