"""A new webhook as a form: where, and in which shape."""

from django import forms
from django.core.exceptions import ValidationError

from analytics.models.webhooks import LONGEST_URL, Webhook
from people.outside import NotOutside, NotTaken, Target


class WebhookForm(forms.Form):
    """What to call. It is looked up when it is saved, and again whenever it is called."""

    url = forms.CharField(
        label="Address", max_length=LONGEST_URL, widget=forms.URLInput, help_text="https://…"
    )
    format = forms.ChoiceField(label="It gets", choices=Webhook.Format)

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"]
        try:
            Target.of(url)
        except (NotOutside, NotTaken) as error:
            raise ValidationError(str(error)) from error
        return url
