using PondSentinel.Backend.Alerting;
using PondSentinel.Tests.Backend.Alerting;

namespace PondSentinel.Tests.Backend.Notification;

/// <summary>Notices as the engine makes them.</summary>
internal static class SomeNotice
{
    public static AlertNotice Of(string episode, NoticeKind phase, int number = 1)
    {
        var step = new NoticeStep(
            new StepValue(AlertBench.Start, 20), IsJudged: true, (31, false), AlertBench.Start, phase == NoticeKind.Firing ? null : AlertBench.Start);
        return AlertNotice.Of(
            AlertBench.Ammonium, AlertSubject.Of(AlertBench.PointOf(0, 1)), phase == NoticeKind.Withdrawn ? NoticeKind.Firing : phase,
            episode, number, step, ChannelBackground.None) with
        { Phase = phase };
    }
}
