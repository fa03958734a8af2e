using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Alerting;

namespace PondSentinel.Backend.Notification.Smtp.Chart;

/// <summary>The curve of an alarm, of the values that the alert engine keeps.</summary>
/// <param name="open">Opens a connection to the state database.</param>
/// <param name="utcOffset">What the clocks of those who read are ahead of UTC.</param>
internal sealed class AlarmCurve(Func<SqliteConnection> open, TimeSpan utcOffset)
{
    private static readonly TimeSpan Before = TimeSpan.FromHours(3);
    private static readonly TimeSpan LongestShown = TimeSpan.FromHours(24);

    /// <summary>Draws it, PNG; null where fewer than two values are kept, or the database cannot be read now: the mail does not wait for
    /// that.</summary>
    /// <param name="notice">The notice.</param>
    public byte[]? Of(AlertNotice notice)
    {
        try
        {
            return Draw(notice);
        }
        catch (Exception e) when (e is SqliteException or IOException or ArgumentException or ArithmeticException)
        {
            return null;
        }
    }

    private byte[]? Draw(AlertNotice notice)
    {
        var end = notice.Until ?? notice.Time;
        var begin = notice.Since - Before < end - LongestShown ? end - LongestShown : notice.Since - Before;
        using var connection = open();
        var values = KeptValues.Read(connection, notice, begin, end + Before);
        return values.Count(CurveChart.IsNumber) < 2
            ? null
            : PngFile.Write(CurveChart.Draw(new CurveContent(
                values, notice.Statistic is null ? notice.Limit : null, notice.Since, notice.Back ?? notice.Until, utcOffset)));
    }
}
