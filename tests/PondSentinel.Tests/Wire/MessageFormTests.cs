using System.Text;

namespace PondSentinel.Tests.Wire;

/// <summary>The strict form that every message of every topic has.</summary>
public sealed class MessageFormTests
{
    public static TheoryData<string> Names => [.. Example.All];

    [Theory]
    [MemberData(nameof(Names))]
    public void Unknown_members_are_passed_over(string name)
    {
        var codec = AnyCodec.For(name);
        var more = With(name, "\"later\":{\"a\":[1e999,{\"b\":\"\\u00e9\\ud83d\\ude00\\/\"}]}");

        Assert.Equal(MessageText.Of(codec.Decode(Example.Bytes(name)).Value), MessageText.Of(codec.Decode(more).Value));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Blanks_between_the_members_mean_nothing(string name) => Assert.Null(
        AnyCodec.For(name).Decode(Encoding.UTF8.GetBytes(" \r\n\t" + Example.Text(name).Insert(1, "\n") + "\n")).Malformed);

    [Theory]
    [MemberData(nameof(Names))]
    public void No_member_stands_twice(string name)
    {
        Refused(name, With(name, "\"v\":1"), "member v twice");
        Refused(name, With(name, "\"\\u0076\":1"), "member v twice");
        Refused(name, With(name, "\"later\":{\"a\":1,\"a\":1}"), "member a twice");
        Refused(name, With(name, "\"later\":[{\"\":1,\"\":1}]"), "twice");
    }

    [Theory]
    [InlineData("\\u0000")]
    [InlineData("\\u001f")]
    [InlineData("\\n")]
    [InlineData("\\b")]
    [InlineData("\\u007F")]
    [InlineData("\u007F")]
    [InlineData("\\u0085")]
    [InlineData("\u009F")]
    public void No_text_holds_a_control_character(string character)
    {
        foreach (var name in Example.All)
        {
            Refused(name, With(name, $"\"later\":\"a{character}b\""), "control character");
            Refused(name, With(name, $"\"la{character}ter\":1"), "control character");
        }
    }

    [Theory]
    [InlineData("\\ud800")]
    [InlineData("\\ud800\\u0041")]
    [InlineData("\\ud800\\\\udc00")]
    [InlineData("\\udc00")]
    [InlineData("\\ud83d\\ud83d\\ude00")]
    public void No_text_holds_half_a_character(string half)
    {
        foreach (var name in Example.All)
        {
            Refused(name, With(name, $"\"later\":\"{half}\""), "half a character");
            Refused(name, With(name, $"\"{half}\":1"), "half a character");
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Nothing_is_nested_deeper_than_eight(string name)
    {
        Assert.Null(AnyCodec.For(name).Decode(With(name, "\"later\":[[[[[[[1]]]]]]]")).Malformed);
        Refused(name, With(name, "\"later\":[[[[[[[[1]]]]]]]]"), "nested deeper than 8");
        Refused(name, With(name, "\"later\":[[[[[[[{}]]]]]]]"), "nested deeper than 8");
        Refused(name, With(name, "\"later\":" + new string('[', 500)), "nested deeper than 8");
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("1")]
    [InlineData("null")]
    [InlineData("\"text\"")]
    [InlineData("[]")]
    [InlineData("[{\"v\":1}]")]
    [InlineData("{}")]
    [InlineData("{\"v\":1}")]
    [InlineData("{\"v\":1}{\"v\":1}")]
    [InlineData("{\"v\":1,}")]
    [InlineData("{\"v\":1/**/}")]
    [InlineData("{'v':1}")]
    [InlineData("{\"v\":01}")]
    [InlineData("{\"v\":NaN}")]
    [InlineData("{\"v\":1")]
    [InlineData("\uFEFF{\"v\":1}")]
    public void Anything_else_is_no_message(string text)
    {
        foreach (var codec in AnyCodec.All)
        {
            Assert.NotNull(codec.Decode(Encoding.UTF8.GetBytes(text)).Malformed);
        }
    }

    [Theory]
    [InlineData("2")]
    [InlineData("0")]
    [InlineData("1.0")]
    [InlineData("1e0")]
    [InlineData("\"1\"")]
    [InlineData("null")]
    [InlineData("true")]
    public void Another_version_is_not_guessed_at(string version)
    {
        foreach (var name in Example.All)
        {
            Refused(name, Encoding.UTF8.GetBytes(Example.Text(name).Replace("\"v\":1,", $"\"v\":{version},", StringComparison.Ordinal)), "v");
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Text_is_utf8(string name)
    {
        byte[] latin1 = [.. Encoding.UTF8.GetBytes("{\"later\":\"caf"), 0xE9, .. Encoding.UTF8.GetBytes("\","), .. Example.Bytes(name)[1..]];

        Refused(name, latin1, "not UTF-8");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void No_beginning_of_a_message_is_a_message(string name)
    {
        var whole = Example.Bytes(name);
        var codec = AnyCodec.For(name);
        for (var length = 0; length < whole.Length; length++)
        {
            Assert.NotNull(codec.Decode(whole[..length]).Malformed);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Megabytes_are_refused_before_they_are_read(string name)
    {
        byte[] large = [.. Example.Bytes(name), .. Enumerable.Repeat((byte)' ', 1 << 20)];

        Refused(name, large, "more than");
    }

    private static byte[] With(string name, string member) => Encoding.UTF8.GetBytes(Example.Text(name)[..^1] + "," + member + "}");

    private static void Refused(string name, byte[] bytes, string why)
    {
        var outcome = AnyCodec.For(name).Decode(bytes);
        Assert.Null(outcome.Value);
        Assert.Contains(why, outcome.Malformed, StringComparison.Ordinal);
    }
}
