using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using PondSentinel.Terminal;

namespace PondSentinel.Tests.Terminal;

public sealed class JournalTests : IDisposable
{
    private readonly StringWriter output = new();

    public void Dispose() => output.Dispose();

    [Theory]
    [InlineData(LogLevel.Debug, "")]
    [InlineData(LogLevel.Information, "<6>text\n")]
    [InlineData(LogLevel.Warning, "<4>text\n")]
    [InlineData(LogLevel.Error, "<3>text\n")]
    [InlineData(LogLevel.Critical, "<2>text\n")]
    public void Level_is_the_priority_that_journald_reads(LogLevel level, string expected)
    {
        new Journal(output, null).Log(level, "text");

        Assert.Equal(expected, output.ToString());
    }

    [Fact]
    public void Person_gets_the_time_in_its_place_and_a_mark_where_something_is_wrong()
    {
        var journal = new Journal(output, new FakeTimeProvider(new DateTimeOffset(2026, 7, 1, 6, 5, 4, TimeSpan.Zero)));

        journal.LogInformation("well");
        journal.LogWarning("ill");

        Assert.Equal("06:05:04   well\n06:05:04 ! ill\n", output.ToString());
    }

    [Fact]
    public void Text_of_a_device_can_neither_begin_a_line_nor_drive_the_terminal()
    {
        new Journal(output, null).LogWarning("{Reply}", "a\n<2>forged\r\u001b[2J\u009b2J\u0007\0b");

        Assert.Equal("<4>a <2>forged  [2J 2J  b\n", output.ToString());
    }

    [Fact]
    public void Exception_stays_on_the_line()
    {
        new Journal(output, null).LogError(new InvalidOperationException("one\ntwo"), "text");

        Assert.StartsWith("<3>text: System.InvalidOperationException: one two", output.ToString(), StringComparison.Ordinal);
        Assert.Equal(1, output.ToString().Count(character => character == '\n'));
    }

    [Fact]
    public void Libraries_of_the_framework_speak_only_when_something_is_wrong()
    {
        using var loggers = new JournalFactory(new Journal(output, null));

        loggers.CreateLogger("Microsoft.AspNetCore.Hosting").LogInformation("chat");
        loggers.CreateLogger("Microsoft.AspNetCore.Hosting").LogError("trouble");
        loggers.CreateLogger("PondSentinel.Backend").LogInformation("ours");

        Assert.Equal("<3>trouble\n<6>ours\n", output.ToString());
    }
}
