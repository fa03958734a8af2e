using CsCheck;
using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Ingest;
using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Backend.Alerting;

/// <summary>Clocks that are off: of a gateway, of the backend where most say so, and of one that nobody has set.</summary>
public sealed class ClockAlarmTests : IDisposable
{
    private static readonly AlertRule[] Rules = [.. BackendRules.All.Where(rule => rule.Measurand == Measurand.ClockError)];
    private static readonly ClockStamp Ntp = new(ClockSource.Ntp, 12);

    private readonly AlertBench bench = new(AlertBench.Start, Rules);

    public void Dispose() => bench.Dispose();

    [Theory]
    [InlineData(30_000, 29.9)]
    [InlineData(-30_000, 29.9)]
    public void Clock_that_is_off_is_told_after_ten_minutes_and_when_it_is_right_again(long offMs, double value)
    {
        Hear(minutes: 9, new Word("g1", Ntp, offMs));
        Assert.Empty(bench.Told);
        Hear(minutes: 3, new Word("g1", Ntp, offMs));
        var told = Assert.Single(bench.Told);
        Assert.Equal(
            ("clock-drift", Severity.Medium, "pond", "g1", "g1", "gateway", "clock", value, "s"),
            (told.Rule, told.Severity, told.Site, told.Station, told.Gateway, told.Device, told.Channel, told.Value, told.Unit));
        Assert.StartsWith("Error of the clock at pond/g1 gateway.clock is 29.9 s, above 5,", told.Summary, StringComparison.Ordinal);
        bench.Restart();
        Hear(minutes: 60, new Word("g1", Ntp, offMs));
        Assert.Single(bench.Told);
        Hear(minutes: 12, new Word("g1", Ntp, 0));
        Assert.Equal([NoticeKind.Firing, NoticeKind.Cleared], bench.Told.Select(notice => notice.Phase));
    }

    [Fact]
    public void What_the_bound_leaves_open_is_told_of_nobody()
    {
        Hear(minutes: 30, new Word("g1", Ntp, 9_000) { ErrorMs = 5_000 });
        Assert.Empty(bench.Told);
    }

    [Fact]
    public void Clock_that_nobody_vouches_for_counts_as_off_and_one_by_its_own_word()
    {
        Hear(minutes: 12, new Word("g1", null, null), new Word("g2", new ClockStamp(ClockSource.Rtc, 8_000), null), new Word("g3", Ntp, null));
        Assert.Equal(["Firing g1 16", "Firing g2 8"], Told());
    }

    [Fact]
    public void Where_all_gateways_say_the_same_it_is_the_clock_of_the_backend_and_one_alarm()
    {
        Word[] all = [.. Enumerable.Range(0, 50).Select(number => new Word($"g{number}", Ntp, 30_000 + (number * 3)))];
        Hear(minutes: 12, [.. all, new Word("follows", new ClockStamp(ClockSource.Srv, 40), null), new Word("wrong", Ntp, 90_000)]);
        Assert.Equal(["Firing backend 30.0", "Firing wrong 59.8"], Told().Select(each => each[..Math.Min(each.Length, 19)]).Order());
        Assert.Equal(("b1", "b1", "backend", "clock"), bench.Told.Where(notice => notice.Device == "backend").Select(notice => (notice.Site, notice.Gateway, notice.Device, notice.Channel)).Single());
    }

    [Fact]
    public void One_gateway_against_the_backend_is_that_gateway_and_two_of_five_are_those_two()
    {
        Hear(minutes: 12, new Word("g1", Ntp, 30_000), new Word("g2", Ntp, 30_010), new Word("g3", Ntp, 0), new Word("g4", Ntp, 5), new Word("g5", Ntp, -5));
        Assert.Equal(["Firing g1 29.9", "Firing g2 29.91"], Told().Order());
    }

    /// <summary>The gateways asked before: for an hour they go on telling of a clock that is set right now.</summary>
    [Fact]
    public void What_was_compared_before_the_backend_s_clock_was_set_says_nothing()
    {
        Hear(minutes: 1, new Word("g1", Ntp, 0));
        bench.Time.Step(TimeSpan.FromSeconds(30));
        bench.Wait(minutes: 1);
        Hear(minutes: 40, new Word("g1", Ntp, -30_000) { AgeSeconds = 7_200 });
        Assert.Empty(bench.Told);
        Hear(minutes: 12, new Word("g1", Ntp, -30_000));
        Assert.Equal(["Firing g1 29.9"], Told());
    }

    [Fact]
    public void Gateway_that_is_silent_says_nothing_more_and_one_taken_down_takes_its_alarm_back()
    {
        Hear(minutes: 4, new Word("g1", Ntp, 30_000));
        bench.Wait(minutes: 20);
        bench.Wait(minutes: 20);
        Assert.Empty(bench.Told);
        Hear(minutes: 20, new Word("g1", Ntp, 30_000));
        Assert.Equal(["Firing g1 29.9"], Told());
        bench.Execute(FormattableString.Invariant(
            $"INSERT INTO retired_gateway VALUES ('pond', 'g1', {bench.Time.GetUtcNow().ToUnixTimeMilliseconds()}, 'Li', '')"));
        bench.Wait(minutes: 2);
        Assert.Equal(["Firing g1 29.9", "Withdrawn g1 29.9"], Told());
    }

    /// <summary>Two sites may have a gateway of one name: as long as both speak, neither has moved.</summary>
    [Fact]
    public void Gateway_that_was_moved_takes_its_alarm_back_at_the_old_site_says_why_and_has_one_vote()
    {
        Hear(minutes: 60, new Word("g1", Ntp, 30_000), new Word("g1", Ntp, 30_010) { Site = "hill" }, new Word("g2", Ntp, 0), new Word("g3", Ntp, 0));
        bench.Describe(new GatewayName("hill", "g1"));
        Hear(minutes: 60, new Word("g1", Ntp, 30_000), new Word("g1", Ntp, 30_010) { Site = "hill" }, new Word("g2", Ntp, 0), new Word("g3", Ntp, 0));
        Assert.Equal(["pond Firing g1 29.9", "hill Firing g1 29.91"], AtSites().Order(StringComparer.Ordinal).Reverse());

        Hear(minutes: 60, new Word("g1", Ntp, 30_010) { Site = "hill" }, new Word("g2", Ntp, 0), new Word("g3", Ntp, 0));
        Assert.Equal(2, bench.Told.Count);
        Hear(minutes: 10, new Word("g1", Ntp, 30_010) { Site = "hill" }, new Word("g2", Ntp, 0), new Word("g3", Ntp, 0));
        Assert.Equal("pond Withdrawn g1 29.9", AtSites()[^1]);
        Assert.Equal(("hill", 3), (bench.Told[^1].MovedTo, bench.Told.Count));
        Assert.EndsWith("; its gateway is at hill now, and what holds there is told there", bench.Told[^1].Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void Gateway_that_is_silent_has_not_moved_where_nobody_has_described_it_elsewhere()
    {
        Hear(minutes: 20, new Word("g1", Ntp, 30_000));
        Hear(minutes: 120, new Word("g1", Ntp, 0) { Site = "hill" });
        Assert.Equal(["pond Firing g1 29.9"], AtSites());
    }

    /// <summary>Whatever gateways say: only true majorities move the zero, and where none does each is off by the least that it says itself.</summary>
    [Fact]
    public void Nobody_is_further_off_than_anybody_says()
    {
        var word = Gen.Select(Gen.Long[-60_000, 60_000], Gen.Long[0, 20_000], (off, error) => (Off: off, Error: error));
        word.Array[0, 12].Sample(words =>
        {
            var clocks = words.Select((each, number) => new ToldClock(
                new GatewayName("pond", $"g{number}"), Ntp, new ClockComparison(each.Off, each.Error, 0))).ToList();
            var found = ClockFindings.Of("b1", clocks, new HashSet<GatewayName>()).All;
            var backend = found.Where(finding => finding.Subject.Device == "backend").Select(finding => finding.Value).SingleOrDefault();
            Assert.Equal(words.Length + (words.Length > 1 ? 1 : 0), found.Count);
            Assert.All(found, finding => Assert.InRange(finding.Value, 0, 120));

            // The backend's own, at 0, is one of the clocks.
            int At(long ms) => words.Count(each => Math.Abs(each.Off - ms) <= each.Error);
            var most = words.Length == 0 ? 0 : words.Max(each => At(each.Off - each.Error));
            Assert.Equal(most > At(0) + 1 && most * 2 > words.Length + 1, backend > 0);
            if (backend == 0)
            {
                Assert.Equal(
                    words.Select(each => Math.Max(Math.Max(0, Math.Abs(each.Off) - each.Error), Ntp.ErrorMs) / 1000.0),
                    found.Where(finding => finding.Subject.Device != "backend").Select(finding => finding.Value));
            }
        });
    }

    [Fact]
    public void Extreme_words_harm_nobody()
    {
        Hear(minutes: 12, new Word("g1", new ClockStamp(ClockSource.Ntp, (1L << 53) - 1), (1L << 53) - 1), new Word("g2", Ntp, -((1L << 53) - 1)) { ErrorMs = (1L << 53) - 1 });
        Assert.Equal("g1", Assert.Single(bench.Told).Gateway);
    }

    private List<string> Told() => bench.Told.Select(notice => FormattableString.Invariant(
        $"{notice.Phase} {(notice.Device == "backend" ? "backend" : notice.Gateway)} {notice.Value}")).ToList();

    private List<string> AtSites() => [.. bench.Told.Zip(Told(), (notice, told) => $"{notice.Site} {told}")];

    // Health each five minutes, as gateways send it.
    private void Hear(int minutes, params Word[] words)
    {
        for (var minute = 0; minute < minutes; minute++)
        {
            if (minute % 5 == 0)
            {
                foreach (var word in words)
                {
                    bench.Health(new GatewayName(word.Site, word.Gateway), health => health with
                    {
                        Clock = word.Trust,
                        AgainstBackend = word.OffMs is { } off ? new ClockComparison(off, word.ErrorMs, word.AgeSeconds) : null,
                    });
                }
            }

            bench.Wait(minutes: 1);
        }
    }

    private sealed record Word(string Gateway, ClockStamp? Trust, long? OffMs)
    {
        public string Site { get; init; } = "pond";

        public long ErrorMs { get; init; } = 100;

        public long AgeSeconds { get; init; } = 1;
    }
}
