using System.Globalization;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Alerting.Wording;

namespace PondSentinel.Backend.Notification.Wording;

/// <summary>Chinese, simplified.</summary>
internal sealed class ChineseMessageWords : MessageWords
{
    public override string Subject(AlertMessage message, string? first)
    {
        var count = message.Notices.Count;
        var news = count > 1 && first is not null ? Line($"{first}（另有 {count - 1} 条）") : first ?? "";
        return message.Kind switch
        {
            MessageKind.Alert when message.Unreadable is [var unreadable, ..] => $"【{Vocabulary.Of(Language.Chinese).Severity(unreadable.Severity)}】{Named(unreadable)}，内容无法读取",
            MessageKind.Alert => news,
            MessageKind.Reminder => Line($"第 {message.Reminder} 次提醒：{news}"),
            MessageKind.Escalation => $"无人确认，升级通知：{news}",
            MessageKind.Digest => Line($"过去一天的提示信息 {count} 条{(message.Site is { } site ? $"，{site}" : "")}"),
            MessageKind.Test => "测试消息",
            _ => throw new ArgumentOutOfRangeException(nameof(message), message.Kind, "Not a defined kind."),
        };
    }

    public override IEnumerable<string> Intro(AlertMessage message)
    {
        switch (message.Kind)
        {
            case MessageKind.Reminder:
                yield return Line($"该报警尚无人确认。第 {message.Reminder} 次提醒。");
                break;
            case MessageKind.Escalation:
                yield return "无人及时确认，现转由您处理。";
                break;
            case MessageKind.Test:
                yield return $"{message.By ?? "有人"} 正在测试消息能否送达。这是一条测试消息，与报警状态无关，此前的报警通知仍然有效。";
                break;
            default:
                break;
        }

        foreach (var notice in message.Unreadable)
        {
            yield return $"【{Vocabulary.Of(Language.Chinese).Severity(notice.Severity)}】{Named(notice)} {Said(notice.Phase)}";
        }

        if (message.Unreadable.Count > 0)
        {
            yield return "以上内容无法读取：由更新版本的 pond-backend 写入，或已损坏。请查看网页或 pond-backend alarms list。";
        }

        if (message.Dropped > 0)
        {
            yield return Line($"在此之前有 {message.Dropped} 条通知被丢弃（先丢弃级别最低的）：等待本通道的通知超过 {NotificationOutbox.WaitingMax} 条。当前报警可用 pond-backend alarms list 查看。");
        }

        if (message.HeldBack > 0)
        {
            yield return Line($"其中 {message.HeldBack} 条为延迟送达：本通道一小时内的消息数已达上限。");
        }
    }

    public override string Flapping(FlapReport flap, string since) => flap.IsOver
        ? Line($"自 {since}起反复出现 {flap.Raises} 次，现已稳定。")
        : Line($"反复出现：自 {since}起已触发 {flap.Raises} 次。在同一状态持续得比以往更久（1 至 3 小时）之前，仅发送提醒；级别升高时立即通知。");

    public override string Acknowledged(Acknowledgement acknowledgement, string at) =>
        $"{acknowledgement.By} 已于 {at}确认{(acknowledgement.Note.Length > 0 ? $"：{acknowledgement.Note}" : "")}";

    private static string Named(UnreadableNotice notice) => $"{notice.Site}/{notice.Station} {notice.Device}.{notice.Channel} 的报警 {notice.Rule}";

    private static string Said(NoticeKind phase) => phase switch
    {
        NoticeKind.Firing => "已触发",
        NoticeKind.Withdrawn => "已撤回",
        _ => "已结束",
    };

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
