using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Notification;
using PondSentinel.Measurements;
using PondSentinel.Tests.Backend.Alerting;

namespace PondSentinel.Tests.Backend.Notification;

public sealed class AlertMessageTests
{
    [Fact]
    public void Comes_back_from_storage_as_it_was()
    {
        var message = Message(SomeNotice.Of("a", NoticeKind.Firing), SomeNotice.Of("b", NoticeKind.Past)) with
        {
            Kind = MessageKind.Escalation,
            Reminder = 2,
            HeldBack = 3,
            Flapping = [new FlapReport("a", 4, AlertBench.Start, IsOver: false)],
            Acknowledged = [new Acknowledgement("b", "Li", AlertBench.Start, "on my way")],
            By = "Li",
            Later =
            [
                new LaterState
                {
                    Episode = "a", LookedAt = AlertBench.Start, Value = 3, Time = AlertBench.Start, Flag = QualityFlag.Suspect, Why = null, Bound = true, Complete = 80,
                    Peak = 4, PeakBound = true, Over = AlertBench.Start, None = LaterCause.Undecided, UnusableFlag = QualityFlag.Missing,
                },
            ],
            Unreadable = [new UnreadableNotice("r", NoticeKind.Firing, Severity.High, "pond", "stream", "d", "c")],
        };
        var again = AlertMessage.FromJson(message.ToJson());
        Assert.Equal(message.Notices, again.Notices);
        Assert.Equal(message.Flapping, again.Flapping);
        Assert.Equal(message.Unreadable, again.Unreadable);
        Assert.Equal(message.Later, again.Later);
        Assert.Equal(message.Acknowledged, again.Acknowledged);
        Assert.Equal(
            message,
            again with
            {
                Notices = message.Notices, Flapping = message.Flapping, Acknowledged = message.Acknowledged, Unreadable = message.Unreadable, Later = message.Later,
            });
    }

    [Fact]
    public void Nobody_is_woken_for_what_is_over()
    {
        Assert.Equal(Severity.High, Message(SomeNotice.Of("a", NoticeKind.Firing), SomeNotice.Of("b", NoticeKind.Cleared)).Urgency);
        Assert.Equal(
            Severity.Info,
            Message(SomeNotice.Of("a", NoticeKind.Cleared), SomeNotice.Of("b", NoticeKind.Past), SomeNotice.Of("c", NoticeKind.Withdrawn)).Urgency);
        Assert.Equal(Severity.Info, Message().Urgency);
    }

    [Fact]
    public void What_comes_and_goes_is_an_alarm_until_it_stands_still()
    {
        var message = Message(SomeNotice.Of("a", NoticeKind.Cleared));
        Assert.Equal(Severity.High, (message with { Flapping = [new FlapReport("a", 4, AlertBench.Start, IsOver: false)] }).Urgency);
        Assert.Equal(Severity.Info, (message with { Flapping = [new FlapReport("a", 4, AlertBench.Start, IsOver: true)] }).Urgency);
    }

    private static AlertMessage Message(params AlertNotice[] notices) => new()
    {
        Id = "m",
        Kind = MessageKind.Alert,
        Notices = notices,
        MadeAt = AlertBench.Start,
    };
}
