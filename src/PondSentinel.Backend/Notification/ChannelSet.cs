using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Configuration;
using PondSentinel.Backend.Notification.Alarms;
using PondSentinel.Backend.Notification.Alertmanager;
using PondSentinel.Backend.Notification.Smtp;
using PondSentinel.Backend.Notification.Smtp.Chart;
using PondSentinel.Backend.Notification.Webhook;

namespace PondSentinel.Backend.Notification;

/// <summary>The channels of a configuration, made and disposed together.</summary>
internal sealed class ChannelSet : IDisposable
{
    /// <summary>Makes them.</summary>
    /// <param name="configuration">The settings.</param>
    /// <param name="open">Opens a connection to the state database.</param>
    /// <param name="time">Clock for time limits.</param>
    /// <param name="loggers">The journal.</param>
    public ChannelSet(BackendConfiguration configuration, Func<SqliteConnection> open, TimeProvider time, ILoggerFactory loggers)
    {
        var rules = configuration.Rules;
        All =
        [
            .. configuration.Webhooks.Select(webhook => new WebhookChannel(
                webhook with { Policy = webhook.Policy.Under(rules) }, JsonPost.Transport(), time)),
            .. configuration.Mail.Select(
                smtp => new SmtpChannel(
                    smtp with { Policy = smtp.Policy.Under(rules) }, new AlarmCurve(open, smtp.Voice.UtcOffset).Of, time, loggers.CreateLogger<SmtpChannel>())),
            .. configuration.Alertmanagers.Select(
                alertmanager => new AlertmanagerChannel(
                    alertmanager with { Policy = alertmanager.Policy.Under(rules) }, Firing, JsonPost.Transport(), time)),
        ];

        IReadOnlyList<AlertNotice> Firing(string channel)
        {
            using var connection = open();
            return ToldAlarms.Firing(connection, channel);
        }
    }

    /// <summary>All of them, in the order of the configuration.</summary>
    public IReadOnlyList<INotificationChannel> All { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var channel in All.OfType<IDisposable>())
        {
            channel.Dispose();
        }
    }
}
