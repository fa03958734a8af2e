using CsCheck;
using PondSentinel.Alerting;
using static PondSentinel.Tests.Backend.Alerting.AlertBench;

namespace PondSentinel.Tests.Backend.Alerting;

/// <summary>What gateways and rules told together is not kept for ever, and nobody is told otherwise for that.</summary>
public sealed class AlertPruningTests
{
    private const int MinutesPerDay = 1440;
    private static readonly TimeSpan Keep = TimeSpan.FromDays(90);

    /// <summary>The same happens to an engine whose tables are pruned whenever they can be, and to one that keeps all.</summary>
    [Fact]
    public void Nobody_is_told_otherwise_where_what_is_old_is_deleted_and_of_what_is_over_nothing_is_left() =>
        Gen.Select(Gen.Int[0, 5], Gen.Int[0, 120], Gen.Bool).Array[1, 12].Sample(
            acts =>
            {
                using var pruned = new AlertBench(Start, Ammonium);
                using var keeping = new AlertBench(Start, Ammonium);
                double minute = 0;
                foreach (var (act, days, restarts) in acts)
                {
                    foreach (var bench in (AlertBench[])[pruned, keeping])
                    {
                        Do(bench, act, minute);
                        if (restarts)
                        {
                            bench.Restart();
                        }
                    }

                    minute += 30 + (days * MinutesPerDay);
                    At(pruned, minute);
                    At(keeping, minute);
                    pruned.Prune(Keep);
                }

                Do(pruned, 3, minute);
                Do(keeping, 3, minute);
                Do(pruned, 1, minute + 30);
                Do(keeping, 1, minute + 30);
                Assert.Equal(Words(keeping), Words(pruned));
                At(pruned, minute + (100 * MinutesPerDay));
                pruned.Prune(Keep);
                Assert.Equal(["0|0|0"], pruned.Rows(
                    "SELECT (SELECT count(*) FROM alert_incident), (SELECT count(*) FROM alert_incident_episode), (SELECT count(*) FROM alert_gateway_alarm)"));
                Assert.Equal(keeping.Rows("SELECT id, since_ms, cleared_ms FROM alert_episode ORDER BY id"), pruned.Rows("SELECT id, since_ms, cleared_ms FROM alert_episode ORDER BY id"));
            },
            iter: TestDepth.Cases(100));

    [Fact]
    public void What_goes_on_stays_however_old_and_ends_under_the_name_that_people_know()
    {
        using var bench = new AlertBench(Start, Ammonium);
        Do(bench, 2, 0);
        Do(bench, 0, 20);
        At(bench, 5 * MinutesPerDay);
        bench.Prune(TimeSpan.Zero);
        Assert.Equal(["1|2|1"], bench.Rows(
            "SELECT (SELECT count(*) FROM alert_incident), (SELECT count(*) FROM alert_incident_episode), (SELECT count(*) FROM alert_gateway_alarm)"));

        Do(bench, 3, 5 * MinutesPerDay);
        Do(bench, 1, (5 * MinutesPerDay) + 30);

        Assert.Single(bench.Told.Select(notice => notice.Episode).Distinct());
        Assert.Equal(["Firing", "Cleared"], bench.Told.Select(notice => $"{notice.Phase}"));
    }

    private static void Do(AlertBench bench, int act, double minute)
    {
        At(bench, minute + 20);
        switch (act)
        {
            case 0:
                bench.Alarm(minute + 19, 20, before: 2, severity: Severity.High);
                break;
            case 1:
                bench.Alarm(minute + 19, 5, before: 5, peak: 20, raised: false, severity: Severity.High);
                break;
            case 2 or 3:
                bench.Store([.. Enumerable.Range(0, 20).Select(n => (minute + n, act == 2 ? 20.0 : 5.0))]);
                break;
            case 4:
                bench.Event(minute + 19, """{"what":"start","raised":[]}""");
                break;
            default:
                bench.Wait(1);
                break;
        }
    }

    private static void At(AlertBench bench, double minute) => bench.Time.SetUtcNow(Start.AddMinutes(minute));

    private static IEnumerable<string> Words(AlertBench bench) =>
        bench.Told.Select(notice => $"{notice.Phase} {notice.Rule} {notice.Episode} {notice.Since:O} {notice.Until:O} {notice.Peak}");
}
