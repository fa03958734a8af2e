using PondSentinel.Alerting;

namespace PondSentinel.Tests.Alerting;

/// <summary>What a statistic makes of values.</summary>
internal static class StatisticRun
{
    public static List<AlertSample> Over(Statistic statistic, IEnumerable<AlertSample> samples)
    {
        List<AlertSample> series = [];
        var run = statistic.Begin([]);
        foreach (var sample in samples)
        {
            run.Step(sample, series);
        }

        return series;
    }
}
