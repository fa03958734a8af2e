using System.Xml.Linq;
using CsCheck;
using MimeKit;
using PondSentinel.Backend.Alerting.Wording;
using PondSentinel.Backend.Notification;
using PondSentinel.Backend.Notification.Smtp;
using PondSentinel.Tests.Backend.Notification.Wording;

namespace PondSentinel.Tests.Backend.Notification.Smtp;

public sealed class MailBuilderTests
{
    private static readonly byte[] Picture = [0x89, 0x50, 0x4E, 0x47];

    internal static readonly SmtpOptions Options = new()
    {
        Host = "mail.test",
        Port = 25,
        From = new MailboxAddress("Pond 矿", "pond@example.org"),
        To = [new MailboxAddress("Li", "li@example.org"), new MailboxAddress("村委会", "village@example.org")],
        Voice = new Voice([Language.Chinese, Language.English], TimeSpan.FromHours(8)),
    };

    [Fact]
    public void Mail_has_both_languages_as_text_and_html_and_the_curve_within()
    {
        var mail = Sent(SampleMessages.All["alert"]);

        Assert.Equal("【重要】gannan/outlet 铵态氮（NH4-N） 16.2 mg/L（以 N 计），高于 15 | High: Ammonium (NH4-N) 16.2 mg/L as N, above 15, at gannan/outlet", mail.Subject);
        Assert.Equal("multipart/alternative", mail.Body!.ContentType.MimeType);
        Assert.Contains("处置措施：关闭 V3 阀，采集瞬时水样", mail.TextBody, StringComparison.Ordinal);
        Assert.Contains("What to do: Close valve V3 and take a grab sample", mail.TextBody, StringComparison.Ordinal);
        var image = Assert.IsType<MimePart>(Assert.Single(mail.BodyParts, part => part.ContentType.MimeType == "image/png"));
        using var content = new MemoryStream();
        image.Content!.DecodeTo(content, TestContext.Current.CancellationToken);
        Assert.Equal(Picture, content.ToArray());
        var html = XDocument.Parse(mail.HtmlBody!);
        Assert.Equal($"cid:{image.ContentId}", Assert.Single(html.Descendants("img")).Attribute("src")!.Value);
        Assert.Equal(["zh-CN", "en"], html.Descendants("div").Attributes("lang").Select(lang => lang.Value));
        Assert.Equal(("auto-generated", MessageImportance.High), (mail.Headers[HeaderId.AutoSubmitted], mail.Importance));
        Assert.Equal(TimeSpan.FromHours(8), mail.Date.Offset);
    }

    [Fact]
    public void Mail_leads_to_the_page_and_to_the_place_and_loads_neither()
    {
        var options = Options with { Voice = Options.Voice with { Page = PageAddress.Read("https://pond.example.org") } };
        var mail = new MailBuilder(options, _ => null).Build(SampleMessages.All["alert"]);

        const string page = "https://pond.example.org/?alarm=effluent-nh4.outlet-nh4-nh4n-babfabde.1782886200000";
        var links = XDocument.Parse(mail.HtmlBody!).Descendants("a").Select(link => (link.Attribute("href")!.Value, link.Value)).ToList();
        Assert.Equal(
            [("geo:24.8162,114.98", "Outlet of pond 3，geo:24.8162,114.98"), (page, page), ("geo:24.8162,114.98", "Outlet of pond 3, geo:24.8162,114.98"), (page, page)],
            links);
        Assert.Contains($"\nOn the page: {page}\n", mail.TextBody, StringComparison.Ordinal);
    }

    [Fact]
    public void Mails_of_an_episode_are_a_thread_and_each_is_itself_over_attempts()
    {
        var (first, again, over) = (
            Sent(SampleMessages.All["alert"]), Sent(SampleMessages.All["alert"]), Sent(SampleMessages.All["acknowledged"] with { Id = "m8" }));

        Assert.Equal(first.MessageId, again.MessageId);
        Assert.NotEqual(first.MessageId, over.MessageId);
        Assert.EndsWith("@example.org", first.MessageId, StringComparison.Ordinal);
        Assert.Equal(Assert.Single(first.References), Assert.Single(over.References));
        Assert.Equal(first.InReplyTo, first.References[0]);
        Assert.Empty(Sent(SampleMessages.All["test"]).References);
    }

    [Fact]
    public void Message_of_a_hundred_notices_is_bounded_in_curves_and_references()
    {
        var message = SampleMessages.All["alert"];
        var mail = Sent(message with { Notices = [.. Enumerable.Range(0, 100).Select(i => message.Notices[0] with { Id = $"n{i}", Episode = $"e{i}" })] });

        Assert.Equal(4, mail.BodyParts.Count(part => part.ContentType.MimeType == "image/png"));
        Assert.Equal(20, mail.References.Count);
    }

    [Fact]
    public void Mail_without_kept_values_has_no_picture() => Assert.DoesNotContain(
        new MailBuilder(Options, _ => null).Build(SampleMessages.All["alert"]).BodyParts, part => part.ContentType.MimeType == "image/png");

    [Fact]
    public void Nothing_from_outside_makes_a_header_a_part_or_an_element() => Gen.String.Sample(text =>
    {
        var (clean, hostile) = (
            Sent(SampleMessages.Hostile("x")),
            Sent(SampleMessages.Hostile($"x\r\nBcc: all@example.org\r\n\r\n--boundary\n<script>alert(1)</script>\"'&]]>{text}")));

        Assert.Equal(clean.Headers.Select(header => header.Field), hostile.Headers.Select(header => header.Field));
        Assert.Equal(clean.BodyParts.Select(part => part.ContentType.MimeType), hostile.BodyParts.Select(part => part.ContentType.MimeType));
        Assert.Equal(Shape(clean), Shape(hostile));
        Assert.InRange(hostile.Subject!.Length, 1, 180);

        // And so who tries it and what they are called.
        Assert.Equal(
            Shape(Sent(SampleMessages.Hostile("x") with { Kind = MessageKind.Test })),
            Shape(Sent(SampleMessages.Hostile($"<b>&{text}") with { Kind = MessageKind.Test })));
        Assert.Equal(["li@example.org", "village@example.org"], hostile.GetRecipients().Select(mailbox => mailbox.Address));

        static IEnumerable<string> Shape(MimeMessage mail) => XDocument.Parse(mail.HtmlBody!).Descendants()
            .Select(element => $"{element.Name} {string.Join(' ', element.Attributes().Select(attribute => attribute.Name))}");
    });

    // By way of the bytes, as a server gets it.
    private static MimeMessage Sent(AlertMessage message)
    {
        using var bytes = new MemoryStream();
        new MailBuilder(Options, _ => Picture).Build(message).WriteTo(bytes, TestContext.Current.CancellationToken);
        bytes.Position = 0;
        return MimeMessage.Load(bytes, TestContext.Current.CancellationToken);
    }
}
