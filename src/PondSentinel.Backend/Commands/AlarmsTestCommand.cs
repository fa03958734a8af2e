using System.CommandLine;
using Microsoft.Extensions.Logging.Abstractions;
using PondSentinel.Backend.Access;
using PondSentinel.Backend.Notification;
using PondSentinel.Backend.Notification.Alarms;
using PondSentinel.Terminal;
using PondSentinel.Toml;

namespace PondSentinel.Backend.Commands;

/// <summary><c>pond-backend alarms test</c>: tries whether messages arrive, by the way that alarms go.</summary>
internal static class AlarmsTestCommand
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan WaitUsual = TimeSpan.FromSeconds(20);

    /// <summary>The verb.</summary>
    /// <param name="at">What the commands about alarms share.</param>
    public static Command Create(AlarmsCommand.Surroundings at)
    {
        var channel = new Option<string?>("--channel") { Description = "Only this channel; pond-backend check lists them.", HelpName = "NAME" };
        var wait = new Option<string>("--wait") { Description = "How long to wait for it.", HelpName = "TIME", DefaultValueFactory = _ => Units.Text(WaitUsual) };
        var by = AlarmsCommand.By();
        var command = new Command("test", "Have the running backend send a test, marked as one, and wait until it is taken; exit 1 where it is not.")
        {
            channel, by, wait, at.Config, at.Folder, at.Json,
        };
        command.SetAction(async (result, cancellationToken) =>
        {
            AlarmDesk? desk = null;
            long number = 0;
            Dictionary<string, string> wanted = [];
            TimeSpan span = default;
            var code = at.OnDesk(result, (opened, configuration, _, error) =>
            {
                // For their names: the running backend sends.
                using var channels = new ChannelSet(
                    configuration, () => throw new InvalidOperationException("Nothing is sent here."), at.Time, NullLoggerFactory.Instance);
                var name = result.GetValue(channel);
                wanted = channels.All.Where(known => (name ?? known.Policy.Name) == known.Policy.Name)
                    .ToDictionary(known => known.Name, known => known.Policy.Name, StringComparer.Ordinal);
                if (wanted.Count == 0)
                {
                    error.WritePlain(name is null
                        ? "the configuration has no channel that could tell anybody; add an [[smtp]], a [[webhook]] or an [[alertmanager]]"
                        : $"there is no channel {name}; pond-backend check lists them");
                    return CheckCommand.Bad;
                }

                if (Units.Duration(result.GetRequiredValue(wait)) is not { } length)
                {
                    error.WritePlain($"--wait is no time: \"{result.GetValue(wait)}\"; write --wait 20s");
                    return CheckCommand.Bad;
                }

                var who = result.GetRequiredValue(by);
                var (ordered, refusal) = opened.Test(name, who, CommandAudit.Of(AuditAct.Tested, name ?? "all channels", who, at.Time));
                if (ordered is null)
                {
                    error.WritePlain(refusal!);
                    return CheckCommand.Bad;
                }

                (desk, number, span) = (opened, ordered.Value, length);
                return 0;
            });
            return desk is null ? code : await WaitAsync(at, result, desk, number, wanted, span, cancellationToken);
        });
        return command;
    }

    private static async Task<int> WaitAsync(
        AlarmsCommand.Surroundings at,
        ParseResult arguments,
        AlarmDesk desk,
        long number,
        Dictionary<string, string> wanted,
        TimeSpan wait,
        CancellationToken cancellationToken)
    {
        var end = at.Time.GetUtcNow() + wait;
        var results = desk.TestResults(number);
        while (results.Count(result => result.Standing != DeliveryStanding.Waiting) < wanted.Count && at.Time.GetUtcNow() < end)
        {
            await Task.Delay(LookEvery, at.Time, cancellationToken);
            results = desk.TestResults(number);
        }

        var (output, isJson) = (arguments.InvocationConfiguration.Output, arguments.GetValue(at.Json));
        foreach (var (name, called) in wanted)
        {
            var result = results.FirstOrDefault(result => result.Channel == name);
            output.WritePlain(isJson ? AlarmText.Json(called, result) : AlarmText.Line(called, result));
        }

        if (results.Count(result => result.Standing != DeliveryStanding.Waiting) < wanted.Count)
        {
            arguments.InvocationConfiguration.Error.WritePlain(results.Count == 0
                ? "no message has been made: pond-backend run does not work on this folder, or has begun with another configuration; start it, or restart it, and call this again"
                : "what waits is tried again for an hour; pond-backend alarms history tells what comes of it");
        }

        return results.Count(result => result.Standing == DeliveryStanding.Delivered) >= wanted.Count ? 0 : 1;
    }
}
